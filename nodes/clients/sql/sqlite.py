"""SQLite in threads of its own: one that writes, one that asks. WAL, and every commit is on disk before it returns."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import stat
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from nodes.batches.bisection import bisect_bad
from nodes.clients.sql import fit, numbers
from nodes.clients.sql.database import Database, Row, SqlAway, SqlNoTable, SqlRefused, Table
from nodes.clients.sql.fit import Fit, fitted
from nodes.clients.sql.query import names_in, with_placeholders
from nodes.clients.sql.settings import SqlSettings
from nodes.clients.sql.values import Kind, plain
from nodes.files.faults import is_of_the_name, words_of
from nodes.files.safe_open import folder_of, link_fault

T = TypeVar("T")
TYPES: Mapping[Kind, str] = {"time": "TIMESTAMP", "float": "REAL", "int": "INTEGER", "bool": "BOOLEAN", "json": "JSON",
                            "bytes": "BLOB"}  # fmt: skip
"""Types of new columns, TEXT for all others. SQLite has no type for times: they are texts of one length, such as
`2026-01-02T03:04:05.000000Z`, which its functions read and answers give as the other databases do."""

_FITS: Sequence[tuple[str, Fit]] = (
    ("BOOL", numbers.as_bool),
    ("INT", numbers.whole(-(2**63), 2**63 - 1)),
    ("CHAR", fit.as_text),
    ("TEXT", fit.as_text),
    ("CLOB", fit.as_text),
    ("REAL", numbers.as_finite),
    ("FLOA", numbers.as_finite),
    ("DOUB", numbers.as_finite),
    ("DATETIME", fit.as_time_text),
    ("TIMESTAMP", fit.as_time_text),
    ("TIME", lambda value: fit.as_text(fit.as_clock(value))),
    ("DATE", lambda value: None if (day := fit.as_date(value)) is None else day.isoformat()),
    ("JSON", numbers.in_64_bits(fit.as_json)),
)
"""By a part of the declared type, the first that fits."""


class Sqlite(Database):
    """One file, made when it is missing; its path is real, and no link is followed.

    `:memory:` is refused, for two threads would see two databases.
    """

    def __init__(self, settings: SqlSettings, data_dir: Path):
        super().__init__()
        if Path(settings.path).name == ":memory:":
            raise ValueError("a database in memory would be lost with the process: name a file")
        self.file = data_dir / settings.path
        self._timeout_s = settings.timeout_s
        self._writer = _Thread(self._connect)
        self._reader = _Thread(self._connect)

    async def write(self, table: Table, rows: Sequence[Row]) -> dict[int, str]:
        return await self._in(self._writer, lambda c: _write(c, table, rows))

    async def columns(self, table: Table) -> dict[str, Fit]:
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
        given = {name: fitted(name, _simple, values[name]) for name in names}
        return await self._in(self._writer if writes else self._reader, lambda c: _ask(c, sql, given, most, writes))

    async def close(self) -> None:
        await asyncio.gather(self._writer.close(), self._reader.close())
        self.up = False

    def _connect(self) -> sqlite3.Connection:
        # What is wrong raises here, too, where SQLite only says that it cannot.
        with folder_of(self.file.parent, self.file.name, create=True) as (folder, name):
            try:
                plain = stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
            except FileNotFoundError:
                plain = True
            if not plain:
                raise link_fault(self.file) or OSError(errno.EISDIR, "the database is no plain file", str(self.file))
        made = sqlite3.connect(self.file, timeout=self._timeout_s, isolation_level=None, check_same_thread=False)
        made.row_factory = sqlite3.Row
        try:
            if made.execute("PRAGMA database_list").fetchone()["file"] != str(self.file):  # it has followed a link
                raise link_fault(self.file) or OSError(errno.ESTALE, "another file lay there for a moment")
            for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "journal_size_limit=16777216"):
                made.execute(f"PRAGMA {setting}")
        except BaseException:
            made.close()
            raise
        made.set_authorizer(_judge)
        return made

    async def _in(self, thread: _Thread, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            result = await thread.run(work)
        except (SqlAway, SqlRefused):
            raise
        except Exception as fault:
            if not is_away(fault):
                raise SqlRefused(words_of(fault) if isinstance(fault, OSError) else str(fault)) from fault
            self.up = False
            raise SqlAway(f"{type(fault).__name__}: {fault}") from fault
        self.up = True
        return result


_PRAGMAS = ("query_only", "table_info", "table_xinfo", "table_list", "index_list", "index_info", "page_count",
            "page_size", "freelist_count", "optimize", "integrity_check", "quick_check", "user_version")  # fmt: skip


def _judge(action: int, first: str | None, second: str | None, database: str | None, trigger: str | None) -> int:
    """Whether a statement may do this: one file is given, so nothing opens (ATTACH, VACUUM INTO) or loads another."""
    if action == sqlite3.SQLITE_ATTACH and first:  # VACUUM attaches a nameless one
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in ("load_extension", "fts3_tokenizer"):
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and (first or "").lower() not in _PRAGMAS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


_MISSING = ("no such table", "no such column", "has no column", "ON CONFLICT clause does not match")
"""What somebody can add to the database; SQLite tells it only in words."""


def is_away(fault: BaseException) -> bool:
    """Whether the file cannot take it now (locked, full, damaged); else the fault is of what it was given, or ours."""
    if not isinstance(fault, sqlite3.Error):
        return isinstance(fault, OSError) and not is_of_the_name(fault)
    if isinstance(fault, sqlite3.OperationalError) and getattr(fault, "sqlite_errorcode", 0) == sqlite3.SQLITE_ERROR:
        return any(words in str(fault) for words in _MISSING)
    if getattr(fault, "sqlite_errorcode", 0) == sqlite3.SQLITE_AUTH:
        return False
    # `DatabaseError` itself says that the file is damaged or no database.
    return isinstance(fault, sqlite3.OperationalError) or type(fault) in (sqlite3.DatabaseError, sqlite3.InternalError)


def _simple(value: Any) -> Any:
    if isinstance(value, bool | Decimal):
        return int(value) if isinstance(value, bool) else float(value)
    return fit.as_time_text(value) if isinstance(value, datetime) else fit.as_simple(value)


_ANY = numbers.in_64_bits(_simple)
"""For columns of no type or of one that SQLite reads as numbers."""


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
    except Exception as fault:
        if is_away(fault):
            raise
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


def _columns(connection: sqlite3.Connection, table: Table) -> dict[str, Fit]:
    schema = table.parts[0] if len(table.parts) > 1 else "main"
    rows = connection.execute("SELECT name, type FROM pragma_table_info(?, ?)", (table.parts[-1], schema)).fetchall()
    return {row["name"]: _fit(row["type"].upper()) for row in rows}


def _fit(declared: str) -> Fit:
    return next((each for part, each in _FITS if part in declared), _ANY)


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
