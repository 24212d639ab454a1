"""One SQLite file whose every commit is on disk before it returns. Blocking; tables belong to those who use it.

A file that is damaged when it is opened is set aside and made anew.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from flowengine.store.aside import put_aside
from flowengine.store.marker import Marker, tell_lost
from flowengine.store.spool.disk import Disk

Row = tuple[Any, ...]
BUSY_S = 5.0
BESIDE = ("-wal", "-shm")
MOST_LOOKED_THROUGH_BYTES = 2**28
"""A memory card reads that in some ten seconds."""

_opening: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)
"""Who finds a file while another thread makes it would take it for an emptied one."""

DAMAGES = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


class Damaged(sqlite3.DatabaseError):
    """What stands in the file is no such database."""


class Database:
    """A file that only its owner may read, opened when it is first used; any thread may use it, one at a time.

    `mends` is whether a damaged one is set aside and made anew; else its use raises `Damaged`. Whoever may not be
    alone with the file does not mend. `holds` is what nothing brings back: that a file which was there is missing is
    told with these words.
    """

    def __init__(self, path: Path, schema: str, mends: bool = True, holds: str = ""):
        self._path, self._schema, self._mends, self._holds = path, schema, mends, holds
        self._lock = threading.RLock()
        self._open: sqlite3.Connection | None = None
        self.set_aside: Path | None = None
        """Where the file lies that was damaged when this one was opened."""

    def rows(self, sql: str, *values: Any, **named: Any) -> list[Row]:
        """All rows of a query."""
        with self._lock:
            return self._connection.execute(sql, named or values).fetchall()

    def row(self, sql: str, *values: Any) -> Row | None:
        """The first row of a query, or None."""
        return next(iter(self.rows(sql, *values)), None)

    def write(self, sql: str, *values: Any, **named: Any) -> int:
        """How many rows a statement changed. Raises `sqlite3.IntegrityError` for a key that is taken."""
        with self._lock:
            return self._connection.execute(sql, named or values).rowcount

    def write_all(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> None:
        """Several statements, all or none."""
        with self.together() as connection:
            for sql, values in statements:
                connection.execute(sql, values)

    @contextmanager
    def together(self) -> Iterator[sqlite3.Connection]:
        """What is done inside is done wholly or not at all, and by nobody else meanwhile."""
        with self._lock:
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def open(self) -> None:
        """Open the file now, where it is not. Raises `sqlite3.Error`, `OSError`."""
        with self._lock:
            _ = self._connection

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            if self._open is not None:
                self._open.close()
            self._open = None

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            with _opening[self._path.absolute()]:
                self._open = self._opened()
        return self._open

    def _opened(self) -> sqlite3.Connection:
        if self._holds:
            tell_lost(self._path, self._holds)
        try:
            made = opened(self._path, self._schema, self._mends)
        except sqlite3.DatabaseError as fault:
            if not self._mends or not is_damage(fault):
                raise
            self.set_aside = put_aside(self._path, fault)
            for rest in BESIDE:
                self._path.with_name(self._path.name + rest).unlink(missing_ok=True)
            made = opened(self._path, self._schema)
        if self._holds:
            Marker(self._path).make()
        return made


def opened(path: Path, schema: str, looks_through: bool = False) -> sqlite3.Connection:
    """The file, made where it is missing, with all tables. Raises `sqlite3.Error`, `OSError`.

    It is looked through for damage where that is asked for and takes no time worth speaking of.
    """
    Disk().make_folder(path.parent)
    # SQLite gives its journal the mode of the file, so the file must have it first. One that is there is not opened: to
    # close it would drop the locks of every other connection of this process (POSIX fcntl), and with them its journal.
    is_new = True
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        is_new = False
        if looks_through and not path.is_file():
            raise Damaged("it is no file") from None
        if looks_through and path.stat().st_size == 0:  # SQLite would take it for a new one, and say nothing
            raise Damaged("it is empty") from None
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        for setting in ("journal_mode = WAL", "synchronous = FULL", "journal_size_limit = 4194304"):
            connection.execute(f"PRAGMA {setting}")
        if looks_through and path.stat().st_size <= MOST_LOOKED_THROUGH_BYTES:
            [verdict] = connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise Damaged(str(verdict).replace("\n", " "))
        connection.executescript(schema)
        _refuse_other_tables(connection, schema)
    except BaseException:
        connection.close()
        if is_new and path.stat().st_size == 0:  # a full disk: the next try must not take it for an emptied one
            path.unlink()
        raise
    return connection


def is_damage(fault: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is at fault, and no disk, lock or statement."""
    code = getattr(fault, "sqlite_errorcode", None)
    return isinstance(fault, Damaged) or (code is not None and code & 0xFF in DAMAGES)


def _refuse_other_tables(connection: sqlite3.Connection, schema: str) -> None:
    """A flipped bit in a name passes every check of SQLite's own."""
    with closing(sqlite3.connect(":memory:")) as as_meant:
        as_meant.executescript(schema)
        for table, columns in _columns(as_meant).items():
            if missing := columns - _columns(connection).get(table, set()):
                raise Damaged(f"the table {table} has no {', '.join(sorted(missing))}")


def _columns(connection: sqlite3.Connection) -> dict[str, set[str]]:
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {table: {row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))}
            for table in tables}  # fmt: skip
