"""What each exception of SQLite means: away, or of the data (or ours), which is never away; and what no query may."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from nodes.clients.sql.database import SqlAway, SqlRefused
from nodes.clients.sql.settings import SqlSettings
from nodes.clients.sql.sqlite import Sqlite, is_away

BY_CODE = {
    sqlite3.SQLITE_BUSY: True, sqlite3.SQLITE_LOCKED: True, sqlite3.SQLITE_FULL: True, sqlite3.SQLITE_IOERR: True,
    sqlite3.SQLITE_CANTOPEN: True, sqlite3.SQLITE_READONLY: True, sqlite3.SQLITE_NOMEM: True,
    sqlite3.SQLITE_ERROR: False,
}  # fmt: skip


@pytest.mark.parametrize(("code", "away"), BY_CODE.items())
def test_an_operational_fault_is_judged_by_its_code(code: int, away: bool) -> None:
    fault = sqlite3.OperationalError("as it says")
    fault.sqlite_errorcode = code
    assert is_away(fault) is away


@pytest.mark.parametrize(
    ("fault", "away"),
    [
        (sqlite3.IntegrityError("NOT NULL"), False),
        (sqlite3.DataError("string or blob too big"), False),
        (sqlite3.InterfaceError("binding"), False),
        (sqlite3.ProgrammingError("type 'set' is not supported"), False),
        (sqlite3.NotSupportedError(), False),
        (sqlite3.DatabaseError("file is not a database"), True),
        (sqlite3.InternalError(), True),
        (OSError(), True),
        (OverflowError(), False),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates"), False),
        (TypeError(), False),
    ],
)
def test_other_faults_are_judged_by_their_kind(fault: Exception, away: bool) -> None:
    assert is_away(fault) is away


def test_a_table_that_is_missing_may_yet_be_made() -> None:
    fault = sqlite3.OperationalError("no such table: readings")
    fault.sqlite_errorcode = sqlite3.SQLITE_ERROR
    assert is_away(fault)


@pytest.mark.parametrize(
    "query",
    [
        "ATTACH '{other}' AS o",
        "VACUUM INTO '{other}'",
        "PRAGMA journal_mode=DELETE",
        "SELECT load_extension('{other}')",
    ],
)
async def test_a_query_reaches_no_other_file_and_no_setting(query: str, tmp_path: Path) -> None:
    database = Sqlite(SqlSettings.read("sqlite:///h.db"), tmp_path)
    with pytest.raises(SqlRefused):
        await database.ask(query.format(other=tmp_path / "other.db"), {}, 10, True)
    assert not (tmp_path / "other.db").exists()
    await database.ask("VACUUM", {}, 10, True)
    await database.close()


@pytest.mark.parametrize("path", ["n" * 300, "folder", "loop", "file.txt/below.db", "a\0b", "\ud800"])
async def test_a_path_that_can_be_no_database_is_refused_and_not_waited_for(path: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file.txt").touch()
    database = Sqlite(SqlSettings("sqlite", path=path), tmp_path)
    with pytest.raises(SqlRefused):
        await database.ask("SELECT 1", {}, 1, writes=False)
    await database.close()


async def test_a_file_that_is_no_database_is_not_kept_open_by_each_try(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_bytes(b"no database at all, " * 400)
    database = Sqlite(SqlSettings("sqlite", path="notes.db"), tmp_path)
    for _ in range(3):
        with pytest.raises(SqlAway, match="not a database"):
            await database.ask("SELECT 1", {}, 1, writes=False)
    await database.close()
    assert "notes.db" not in "".join(str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.exists())
