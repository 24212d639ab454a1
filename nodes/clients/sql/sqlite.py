"""SQLite in threads of its own: one that writes, one that asks. WAL, and every commit is on disk before it returns."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from nodes.batches.bisection import bisect_bad
from nodes.clients.sql.database import Database, Row, SqlAway, SqlNoTable, SqlRefused, Table
from nodes.clients.sql.query import names_in, with_placeholders
from nodes.clients.sql.settings import SqlSettings
from nodes.clients.sql.values import Kind, plain

T = TypeVar("T")
TYPES: Mapping[Kind, str] = {"time": "INTEGER", "float": "REAL", "int": "INTEGER", "bool": "BOOLEAN", "json": "JSON",
                            "bytes": "BLOB"}  # fmt: skip
"""Types of new columns, TEXT for all others. Times are nanoseconds since 1970: SQLite has no type for them."""

_KINDS: Sequence[tuple[str, Kind]] = (
    ("BOOL", "bool"),
    ("INT", "int"),
    ("CHAR", "text"),
    ("TEXT", "text"),
    ("CLOB", "text"),
    ("REAL", "finite"),
    ("FLOA", "finite"),
    ("DOUB", "finite"),
    ("TIME", "time_text"),
    ("DATE", "time_text"),
    ("JSON", "json"),
)


class Sqlite(Database):
    """One file; it is made when it is missing. `:memory:` is refused, for two threads would see two databases."""

    def __init__(self, settings: SqlSettings, data_dir: Path):
        super().__init__()
        if settings.path == ":memory:":
            raise ValueError("a database in memory would be lost with the process: name a file")
        self.file = data_dir / settings.path
        self._timeout_s = settings.timeout_s
        self._writer = _Thread(self._connect)
        self._reader = _Thread(self._connect)

    async def write(self, table: Table, rows: Sequence[Row]) -> dict[int, str]:
        return await self._in(self._writer, lambda c: _write(c, table, rows))

    async def columns(self, table: Table) -> dict[str, Kind]:
        return await self._in(self._writer, lambda c: _columns(c, table))

    async def create(self, table: Table, kinds: Mapping[str, Kind], time_column: str | None) -> None:
        columns = [f"{table.listed([name])} {TYPES.get(kind, 'TEXT')}" for name, kind in kinds.items()]
        if table.keys:
            columns.append(f"PRIMARY KEY ({table.listed(table.keys)})")
        sql = f"CREATE TABLE IF NOT EXISTS {table.written()} ({', '.join(columns)})"
        await self._in(self._writer, lambda c: c.execute(sql))
        if time_column and (not table.keys or table.keys[0] != time_column):
            index = f'"{table.parts[-1]}_by_time"'
            on = f"{table.written()} ({table.listed([time_column])})"
            await self._in(self._writer, lambda c: c.execute(f"CREATE INDEX IF NOT EXISTS {index} ON {on}"))

    async def ask(self, query: str, values: Mapping[str, Any], most: int, writes: bool) -> list[dict[str, Any]]:
        names = names_in(query)
        sql = with_placeholders(query, lambda name: f":{name}")
        given = {name: values[name] for name in names}
        return await self._in(self._writer if writes else self._reader, lambda c: _ask(c, sql, given, most, writes))

    async def close(self) -> None:
        await asyncio.gather(self._writer.close(), self._reader.close())
        self.up = False

    def _connect(self) -> sqlite3.Connection:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        made = sqlite3.connect(self.file, timeout=self._timeout_s, isolation_level=None, check_same_thread=False)
        made.row_factory = sqlite3.Row
        for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "journal_size_limit=16777216"):
            made.execute(f"PRAGMA {setting}")
        return made

    async def _in(self, thread: _Thread, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            result = await thread.run(work)
        except REFUSALS as fault:
            raise SqlRefused(str(fault)) from fault
        except (sqlite3.Error, OSError) as fault:
            self.up = False
            raise SqlAway(f"{type(fault).__name__}: {fault}") from fault
        self.up = True
        return result


REFUSALS = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, OverflowError, UnicodeError)
"""What will be the same at the next try. Binding faults are `InterfaceError` or, in newer Pythons, ProgrammingError."""


class _Thread:
    """A thread with a connection that is opened on first use, and again after a fault."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]):
        self._pool = ThreadPoolExecutor(1, "sqlite")
        self._connect = connect
        self._open: sqlite3.Connection | None = None

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._work, work)

    def _work(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._open is None:
            self._open = self._connect()
        try:
            return work(self._open)
        except BaseException:
            if self._open.in_transaction:
                self._open.rollback()
            raise

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._pool, self._close)
        self._pool.shutdown(wait=False)

    def _close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def _write(connection: sqlite3.Connection, table: Table, rows: Sequence[Row]) -> dict[int, str]:
    sql = _insert(table)
    connection.execute("BEGIN IMMEDIATE")
    reason = _attempt(connection, sql, rows)
    bad: dict[int, str] = {}
    if reason is not None:
        search = bisect_bad(range(len(rows)), reason)
        try:
            part = next(search)
            while True:
                part = search.send(_attempt(connection, sql, rows[part[0] : part[-1] + 1]))
        except StopIteration as end:
            bad = dict(end.value)
    connection.execute("COMMIT")
    return bad


def _attempt(connection: sqlite3.Connection, sql: str, rows: Sequence[Row]) -> str | None:
    connection.execute("SAVEPOINT part")
    try:
        connection.executemany(sql, rows)
    except REFUSALS as fault:
        connection.execute("ROLLBACK TO part")
        connection.execute("RELEASE part")
        return str(fault)
    connection.execute("RELEASE part")
    return None


def _insert(table: Table) -> str:
    places = ", ".join("?" * len(table.columns))
    sql = f"INSERT INTO {table.written()} ({table.listed()}) VALUES ({places})"  # noqa: S608 - quoted identifiers
    if not table.upsert:
        return sql
    sets = table.assignments(lambda name: f"excluded.{name}")
    return f"{sql} ON CONFLICT ({table.listed(table.keys)}) DO {f'UPDATE SET {sets}' if sets else 'NOTHING'}"


def _columns(connection: sqlite3.Connection, table: Table) -> dict[str, Kind]:
    schema = table.parts[0] if len(table.parts) > 1 else "main"
    rows = connection.execute("SELECT name, type FROM pragma_table_info(?, ?)", (table.parts[-1], schema)).fetchall()
    return {row["name"]: _kind(row["type"].upper()) for row in rows}


def _kind(declared: str) -> Kind:
    return next((kind for part, kind in _KINDS if part in declared), "other")


def _ask(
    connection: sqlite3.Connection, sql: str, values: Mapping[str, Any], most: int, writes: bool
) -> list[dict[str, Any]]:
    connection.execute(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    try:
        rows = connection.execute(sql, values).fetchmany(most)
    except (sqlite3.ProgrammingError, sqlite3.OperationalError) as fault:
        if getattr(fault, "sqlite_errorcode", sqlite3.SQLITE_ERROR) in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_READONLY):
            raise (SqlNoTable if str(fault).startswith("no such table") else SqlRefused)(str(fault)) from fault
        raise
    return [{name: plain(row[name]) for name in row.keys()} for row in rows]  # noqa: SIM118 - not a dictionary
