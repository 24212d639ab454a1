"""MySQL and MariaDB through asyncmy: rows by executemany, savepoints around parts, connections of our own keeping.

Source: MySQL 8.0 error reference and INSERT ... ON DUPLICATE KEY UPDATE; MariaDB keeps both.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncmy
from asyncmy.cursors import DictCursor
from asyncmy.errors import MySQLError

from nodes.clients.sql import fit, numbers
from nodes.clients.sql.database import Database, Row, SqlAway, SqlNoTable, SqlRefused, Table, away, quoted, write_good
from nodes.clients.sql.fit import Fit, fitted
from nodes.clients.sql.mysql_faults import (
    NO_COLUMN,
    NO_TABLE,
    READ_ONLY,
    code,
    is_away,
    is_undecided,
    of_another_row,
    said,
)
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
_GEOMETRIES = (
    "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection",
)  # fmt: skip
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
    **dict.fromkeys(_GEOMETRIES, fit.as_geometry),
    "uuid": lambda value: None if value is None else str(fit.as_uuid(value)),
}
_other = numbers.in_64_bits(fit.as_simple)
_DESCRIBE = """
SELECT column_name AS name, data_type AS type, column_type AS whole,
is_generated = 'ALWAYS' AS made FROM information_schema.columns
WHERE table_schema = COALESCE(%s, DATABASE()) AND table_name = %s
"""


_CHECKS = "SELECT * FROM information_schema.check_constraints WHERE constraint_schema = COALESCE(%s, DATABASE())"
"""All that each server has of them: MySQL does not say of which table they are, and needs none for JSON."""

_JSON = re.compile(r"json_valid\(`([^`]+)`\)")


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
            undecided: list[Exception] = []

            async def attempt(part: Sequence[int]) -> str | None:
                chosen = rows if len(part) == len(rows) else [rows[place] for place in part]
                await self._timed(cursor.execute("SAVEPOINT part"))
                try:
                    await self._timed(cursor.executemany(sql, chosen))
                except Exception as fault:
                    if is_away(fault):
                        raise
                    undecided.extend([fault] if is_undecided(fault) else [])
                    await self._timed(cursor.execute("ROLLBACK TO SAVEPOINT part"))
                    return of_another_row(fault) or said(fault)
                return None

            bad = await write_good(range(len(rows)), attempt)
            if undecided and 1 < len(rows) == len(bad):  # nothing gets through: of several rows not all are wrong
                raise SqlAway(said(undecided[0]))
            await self._timed(connection.commit())
            return bad

    async def columns(self, table: Table) -> dict[str, Fit]:
        schema = table.parts[0] if len(table.parts) > 1 else None
        rows = await self._fetch(_DESCRIBE, (schema, table.parts[-1]), None)
        json = await self._json_columns(table) if rows else ()
        return {row["name"]: _column_fit(row, row["name"] in json) for row in rows}

    async def _json_columns(self, table: Table) -> set[str]:
        """The columns that MariaDB checks to be JSON; their type is that of a text."""
        schema = table.parts[0] if len(table.parts) > 1 else None
        try:
            rows = await self._fetch(_CHECKS, (schema,), None)
        except SqlRefused:  # a MySQL before 8 has no such list
            return set()
        checks = [{name.lower(): str(value) for name, value in row.items()} for row in rows]
        clauses = [each["check_clause"] for each in checks if each.get("table_name") == table.parts[-1]]
        return {found[1] for clause in clauses if (found := _JSON.fullmatch(clause))}

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
            if isinstance(cause, MySQLError) and code(cause) in (NO_COLUMN, NO_TABLE, READ_ONLY):
                raise (SqlNoTable if code(cause) == NO_TABLE else SqlRefused)(str(fault)) from fault
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
                    raise SqlRefused(said(fault)) from fault
                self.up = False
                raise away(fault, self._settings, said(fault)) from fault
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


def _column_fit(row: Mapping[str, Any], is_json: bool) -> Fit:
    if row["made"]:
        return fit.generated
    return fit.as_json if is_json else _fit(str(row["type"]).lower(), str(row["whole"]).lower())


def _fit(kind: str, written: str) -> Fit:
    if kind not in _BITS:
        return _FITS.get(kind, _other)
    top = 2 ** _BITS[kind]
    return numbers.whole(0, top - 1) if "unsigned" in written else numbers.whole(-top // 2, top // 2 - 1)


def _asked(value: Any) -> Any:
    """A value of a query; the connection's zone is UTC."""
    return fit.as_naive_time(value) if isinstance(value, datetime) else fit.as_simple(value)
