"""MySQL and MariaDB through asyncmy: rows by executemany, savepoints around parts, connections of our own keeping.

Source: MySQL 8.0 error reference and INSERT ... ON DUPLICATE KEY UPDATE; MariaDB keeps both.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncmy
from asyncmy.cursors import DictCursor
from asyncmy.errors import DataError, IntegrityError, MySQLError, NotSupportedError, ProgrammingError, Warning

from nodes.clients.sql import fit, numbers
from nodes.clients.sql.database import Database, Row, SqlAway, SqlNoTable, SqlRefused, Table, away, quoted, write_good
from nodes.clients.sql.fit import Fit, fitted
from nodes.clients.sql.query import names_in, with_placeholders
from nodes.clients.sql.settings import SqlSettings
from nodes.clients.sql.values import Kind, plain

TYPES: Mapping[Kind, str] = {
    "time": "DATETIME(6)",
    "float": "DOUBLE",
    "int": "BIGINT",
    "bool": "BOOLEAN",
    "json": "JSON",
    "bytes": "LONGBLOB",
}
_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}
_FITS: Mapping[str, Fit] = {
    **dict.fromkeys(("datetime", "timestamp"), fit.as_naive_time),
    "date": fit.as_date,
    "double": numbers.as_finite,
    "float": numbers.as_finite,
    "decimal": numbers.finite_decimal,
    "year": numbers.whole(1901, 2155),
    "time": fit.as_span,
    "bit": numbers.whole(0, 2**64 - 1),
    **dict.fromkeys(
        ("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "inet4", "inet6"), fit.as_text
    ),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), fit.as_bytes),
    "json": fit.as_json,
    "uuid": lambda value: None if value is None else str(fit.as_uuid(value)),
}
_other = numbers.in_64_bits(fit.as_simple)
_NO_TABLE, _NO_COLUMN, _READ_ONLY = 1146, 1054, 1792
_AWAY = frozenset((_NO_TABLE, _NO_COLUMN, 1142, 1143, 1044, 1045, 1046, 1049, 1290, 1370))
"""A table, column, right or database is missing, or all is read-only: a person mends it."""

_ROW_STATES = ("22", "23", "44", "45")
_OTHER_ROW = 1242
"""What `_same_row` fails with."""
_ROW_ERRORS = frozenset(
    (_OTHER_ROW, 1118, 1153, 1264, 1265, 1288, 1292, 1300, 1364, 1366, 1406, 1411, 1442, 1471, 1526, 1748, 1906, 3105,
     3140, 3819, 4025, 4078, 4079)
)  # fmt: skip
"""Faults of a row or query whose state is the general HY000: out of range, truncated, no default, wrong value, check,
no partition for it, a view or generated column that takes nothing, an operation that its type does not have."""

_DESCRIBE = """
SELECT column_name AS name, data_type AS type, column_type AS whole,
is_generated = 'ALWAYS' AS made FROM information_schema.columns
WHERE table_schema = COALESCE(%s, DATABASE()) AND table_name = %s
"""


class Mysql(Database):
    """At most `pool` connections; one that failed is closed and not used again."""

    def __init__(self, settings: SqlSettings):
        super().__init__()
        self._settings = settings
        self._idle: list[Any] = []
        self._free = asyncio.Semaphore(settings.pool)

    async def write(self, table: Table, rows: Sequence[Row]) -> dict[int, str]:
        sql = _insert(table)
        async with self._connection() as connection:
            cursor = connection.cursor()
            await self._timed(connection.begin())

            async def attempt(part: Sequence[int]) -> str | None:
                chosen = rows if len(part) == len(rows) else [rows[place] for place in part]
                await self._timed(cursor.execute("SAVEPOINT part"))
                try:
                    await self._timed(cursor.executemany(sql, chosen))
                except Exception as fault:
                    if is_away(fault):
                        raise
                    await self._timed(cursor.execute("ROLLBACK TO SAVEPOINT part"))
                    return _said(fault)
                return None

            bad = await write_good(range(len(rows)), attempt)
            await self._timed(connection.commit())
            return bad

    async def columns(self, table: Table) -> dict[str, Fit]:
        schema = table.parts[0] if len(table.parts) > 1 else None
        rows = await self._fetch(_DESCRIBE, (schema, table.parts[-1]), None)
        return {
            row["name"]: fit.generated if row["made"] else _fit(str(row["type"]).lower(), str(row["whole"]).lower())
            for row in rows
        }

    async def create(self, table: Table, kinds: Mapping[str, Kind], time_column: str | None) -> None:
        columns = [
            f"{quoted(name, '`')} {TYPES.get(kind) or ('VARCHAR(255)' if name in table.keys else 'TEXT')}"
            for name, kind in kinds.items()
        ]
        if table.keys:
            columns.append(f"PRIMARY KEY ({table.listed(table.keys, '`')})")
        if time_column and (not table.keys or table.keys[0] != time_column):
            columns.append(f"KEY ({quoted(time_column, '`')})")
        await self._fetch(f"CREATE TABLE IF NOT EXISTS {table.written('`')} ({', '.join(columns)})", (), None)

    async def ask(self, query: str, values: Mapping[str, Any], most: int, writes: bool) -> list[dict[str, Any]]:
        given = {name: fitted(name, _asked, values[name]) for name in names_in(query)}
        sql = with_placeholders(query, lambda name: f"%({name})s", percent=True)
        try:
            rows = await self._fetch(sql, given, most, begin=f"START TRANSACTION READ {'WRITE' if writes else 'ONLY'}")
        except SqlAway as fault:
            cause = fault.__cause__
            if isinstance(cause, MySQLError) and _code(cause) in (_NO_COLUMN, _NO_TABLE, _READ_ONLY):
                raise (SqlNoTable if _code(cause) == _NO_TABLE else SqlRefused)(str(fault)) from fault
            raise
        return [{name: plain(value) for name, value in row.items()} for row in rows]

    @property
    def is_busy(self) -> bool:
        return self._free.locked()

    async def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
        self.up = False

    async def _fetch(self, sql: str, values: Any, most: int | None, begin: str = "") -> Sequence[Mapping[str, Any]]:
        async with self._connection() as connection:
            cursor = connection.cursor(DictCursor)
            if begin:
                await self._timed(cursor.execute(begin))
            await self._timed(cursor.execute(sql, values))
            rows = await self._timed(cursor.fetchall() if most is None else cursor.fetchmany(most))
            await self._timed(cursor.close())
            await self._timed(connection.commit())
            return rows or ()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        """A connection without an open transaction. It is kept for the next only if nothing went wrong."""
        async with self._free:
            connection: Any = None
            try:
                connection = self._idle.pop() if self._idle else await self._timed(self._connect())
                yield connection
                self._idle.append(connection)
                connection = None
            except (SqlAway, SqlRefused):
                raise
            except Exception as fault:
                if not is_away(fault):
                    raise SqlRefused(_said(fault)) from fault
                self.up = False
                raise away(fault, self._settings, _said(fault)) from fault
            finally:
                if connection is not None:
                    connection.close()
            self.up = True

    async def _timed(self, work: Any) -> Any:
        async with asyncio.timeout(self._settings.timeout_s):
            return await work

    async def _connect(self) -> Any:
        to = self._settings
        wait_s = max(1, int(to.timeout_s))
        return await asyncmy.connect(
            host=to.host,
            port=to.port,
            user=to.username,
            password=to.password,
            database=to.path,
            charset="utf8mb4",
            connect_timeout=to.timeout_s,
            binary_prefix=True,
            ssl=ssl.create_default_context() if to.options.get("ssl") else None,
            # Strict: else values that do not fit are cut without a word.
            init_command=f"SET time_zone='+00:00', sql_mode='TRADITIONAL', lock_wait_timeout={wait_s}, "
            f"innodb_lock_wait_timeout={wait_s}",
        )


def _insert(table: Table) -> str:
    places = ", ".join(["%s"] * len(table.columns))
    sql = f"INSERT INTO {table.written('`')} ({table.listed(quote='`')}) VALUES ({places})"  # noqa: S608 - quoted identifiers
    if not table.upsert:
        return sql
    sets = table.assignments(lambda name: f"VALUES({name})", "`")
    return f"{sql} ON DUPLICATE KEY UPDATE {', '.join(filter(None, (_same_row(table), sets)))}"


def _same_row(table: Table) -> str:
    """Sets a key to itself; fails for a row that is met by another unique index than its keys, and is another row."""
    keys = [f"`{key}`" for key in table.keys]
    same = " AND ".join(f"{key} <=> VALUES({key})" for key in keys)
    return f"{keys[0]} = IF({same}, {keys[0]}, (SELECT 1 UNION SELECT 2))"


def is_away(fault: BaseException) -> bool:
    """Whether the server cannot take it now; else the fault lies in what it was given, or is ours."""
    if not isinstance(fault, MySQLError):
        # The driver says RuntimeError for a connection that is gone.
        return isinstance(fault, OSError | TimeoutError | EOFError | RuntimeError)
    if _code(fault) in _AWAY:
        return True
    if isinstance(fault, DataError | IntegrityError | NotSupportedError | ProgrammingError | Warning):
        return False
    state = str(getattr(fault, "sqlstate", "") or "")
    return state[:2] not in _ROW_STATES and _code(fault) not in _ROW_ERRORS


def _code(fault: MySQLError) -> int:
    return fault.args[0] if fault.args and isinstance(fault.args[0], int) else 0


def _fit(kind: str, written: str) -> Fit:
    if kind not in _BITS:
        return _FITS.get(kind, _other)
    top = 2 ** _BITS[kind]
    return numbers.whole(0, top - 1) if "unsigned" in written else numbers.whole(-top // 2, top // 2 - 1)


def _asked(value: Any) -> Any:
    """A value of a query; the connection's zone is UTC."""
    return fit.as_naive_time(value) if isinstance(value, datetime) else fit.as_simple(value)


def _said(fault: Exception) -> str:
    if isinstance(fault, MySQLError) and _code(fault) == _OTHER_ROW:
        return "another row has a value that must be unique and is no key of this node"
    if isinstance(fault, MySQLError):
        return " ".join(str(part) for part in reversed(fault.args))
    return f"{type(fault).__name__}: {fault}"[:300]
