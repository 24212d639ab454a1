"""What MySQL, MariaDB and their driver say of a fault: that it may pass, lies in what they were given, or neither.

Source: MySQL 8.0 error reference; MariaDB, error codes.
"""

from __future__ import annotations

import re

from asyncmy.errors import DataError, IntegrityError, MySQLError, NotSupportedError, ProgrammingError, Warning

NO_TABLE, NO_COLUMN, READ_ONLY = 1146, 1054, 1792
_MISSING = frozenset(
    (NO_TABLE, NO_COLUMN, 1142, 1143, 1044, 1045, 1046, 1049, 1227, 1290, 1370, 1698, 1820, 1862, 4150, 4151)
)
"""A table, column, right or database is missing, or all is read-only: a person mends it."""

_PASSING = frozenset(
    (1021, 1026, 1030, 1034, 1035, 1036, 1037, 1038, 1041, 1053, 1114, 1129, 1130, 1135, 1180, 1181, 1194, 1195, 1203,
     1205,
     1206, 1213, 1223, 1226, 1297, 1412, 1429, 1430, 1615, 1637, 1689, 1712, READ_ONLY, 1812, 1836, 1932, 1969, 3024)
)  # fmt: skip
"""Whose state does not say it: disks, files, memory, threads, locks, limits of a user, engines that are in between."""

_PASSING_STATES = ("08", "40", "70")
"""Connection, rollback, interrupted."""

_ROW_STATES = ("22", "23", "44", "45")
_OTHER_ROW = 1242
"""What an upsert fails with that meets another row (`mysql._same_row`)."""

_ROW_ERRORS = frozenset(
    (_OTHER_ROW, 1118, 1153, 1264, 1265, 1288, 1292, 1300, 1364, 1366, 1406, 1411, 1416, 1442, 1471, 1525, 1526, 1748,
     1906, 3105, 3140, 3819, 4025, 4078, 4079)
)  # fmt: skip
"""Faults of a row or query whose state is the general HY000: out of range, truncated, no default, wrong value, check,
no partition for it, a view or generated column that takes nothing, an operation that its type does not have."""

_OURS, _CLIENT = 1000, range(2000, 3000)
_CHECK_OF_A_COLUMN = re.compile(r"^CONSTRAINT `[^`]*\.([^`]+)` failed")


def is_away(fault: BaseException) -> bool:
    """Whether the server cannot take it now; else the fault lies in what it was given, or is ours."""
    if not isinstance(fault, MySQLError):
        # The driver says RuntimeError for a connection that is gone.
        return isinstance(fault, OSError | TimeoutError | EOFError | RuntimeError)
    if code(fault) in _MISSING or code(fault) in _PASSING or _state(fault)[:2] in _PASSING_STATES:
        return True
    if isinstance(fault, DataError | IntegrityError | NotSupportedError | ProgrammingError | Warning):
        return False
    return code(fault) < _OURS or code(fault) in _CLIENT


def is_undecided(fault: BaseException) -> bool:
    """Whether only trying tells if the fault lies in the server or in a row; in a query it lies there."""
    sure = DataError | IntegrityError | NotSupportedError | ProgrammingError | Warning
    if is_away(fault) or not isinstance(fault, MySQLError) or isinstance(fault, sure):
        return False
    return _state(fault)[:2] not in _ROW_STATES and code(fault) not in _ROW_ERRORS


def code(fault: MySQLError) -> int:
    """The server's number of it, 0 for none."""
    return fault.args[0] if fault.args and isinstance(fault.args[0], int) else 0


def of_another_row(fault: BaseException) -> str:
    """What an upsert says that would overwrite a row with other keys; empty for any other fault."""
    met = isinstance(fault, MySQLError) and code(fault) == _OTHER_ROW
    return "another row has a value that must be unique and is no key of this node" if met else ""


def said(fault: BaseException) -> str:
    """The fault in one line, with the column where the server names it."""
    if not isinstance(fault, MySQLError):
        return f"{type(fault).__name__}: {fault}"[:300]
    text = " ".join(str(part) for part in reversed(fault.args))
    of_column = _CHECK_OF_A_COLUMN.search(text)
    return f"column {of_column[1]}: {text}" if of_column else text


def _state(fault: MySQLError) -> str:
    return str(getattr(fault, "sqlstate", "") or "")
