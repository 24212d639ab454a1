"""What PostgreSQL and its driver say of a fault: whether it may pass, and of which column it is.

Source: PostgreSQL documentation, appendix A (error codes).
"""

from __future__ import annotations

from collections.abc import Collection

import asyncpg

NO_TABLE = "42P01"
READ_ONLY = "25006"
_AWAY = ("08", "25", "28", "3D", "3F", "40", "53", "55", "57", "58", "F0", "XX")
"""Classes of errors that pass or that a person mends in the server: connection, transaction, authorization, missing
database or schema, rollback, resources, locks, an operator, the system, its files, faults of the server itself."""

_AWAY_STATES = (NO_TABLE, "42501", "42703", "42P10")
"""A table, right, column or unique key is missing: somebody can add it."""

_INTERNAL = "XX000"
"""An internal error. It may be a fault of the server or pass, and extensions say it of values that they cannot read: a
geometry of PostGIS."""

_LOOKED_UP = (NO_TABLE, "42501", "3F000")
"""What a value is told too that names a table or schema: its type (`regclass`, `regnamespace`) looks there."""


def may_be_of_a_value(fault: BaseException) -> bool:
    """Whether the fault is told in the same way of the table and of a value that names one."""
    return isinstance(fault, asyncpg.PostgresError) and fault.sqlstate in _LOOKED_UP


def is_internal(fault: BaseException) -> bool:
    """Whether only trying again tells if the fault lies in the server or in a value."""
    return isinstance(fault, asyncpg.PostgresError) and fault.sqlstate == _INTERNAL


def is_away(fault: BaseException) -> bool:
    """Whether the server cannot take it now; else the fault lies in what it was given, or is ours."""
    if isinstance(fault, asyncpg.PostgresError):
        state = fault.sqlstate or ""
        return state[:2] in _AWAY or state in _AWAY_STATES
    if isinstance(fault, ValueError):  # the driver's DataError and ClientConfigurationError too
        return False
    lasting = (asyncpg.UnsupportedClientFeatureError, asyncpg.UnsupportedServerFeatureError)
    if isinstance(fault, asyncpg.InternalClientError):
        return isinstance(fault, asyncpg.ProtocolError | asyncpg.OutdatedSchemaCacheError | _NOT_PRIMARY)
    if isinstance(fault, asyncpg.InterfaceError):
        return not isinstance(fault, lasting)
    return isinstance(fault, OSError | TimeoutError | EOFError)


_NOT_PRIMARY = asyncpg.TargetServerAttributeNotMatched
_OF_A_VALUE = ("22", "23514", "42601", "42602", "42704", "42725", "42883")
"""Data exceptions, the check of a domain, and what the texts of queries and names are told that are values here."""


def said(fault: BaseException, columns: Collection[str] = ()) -> str:
    """The fault in one line, with the columns that it may be of where the server does not name its own."""
    if not isinstance(fault, asyncpg.PostgresError):
        return f"{type(fault).__name__}: {fault}"[:300]
    text = _words(fault) + (f" ({fault.sqlstate})" if fault.sqlstate else "")
    unnamed = not (fault.column_name or fault.table_name)
    if columns and unnamed and (fault.sqlstate or "").startswith((*_OF_A_VALUE, *_LOOKED_UP)):
        return f"column {' or '.join(sorted(columns))}: {text}"
    return text


def _words(fault: asyncpg.PostgresError) -> str:
    """Message, detail and hint in one line; the detail in quotes, since it repeats values of the row."""
    detail = " ".join((fault.detail or "").split())
    hint = f"; {fault.hint}" if fault.hint else ""
    return " ".join(f"{fault.args[0]}{f': {detail!r}' if detail else ''}{hint}".split())
