"""A database that is damaged is set aside by whoever owns it, and by nobody else; it opens when it is used."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from flowengine.store.accounts import FILE, Accounts, tell_nobody_left
from flowengine.store.aside import found_aside
from flowengine.store.database import Database
from flowengine.store.marker import Marker

SCHEMA = "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, fact TEXT)"


def filled(path: Path) -> bytes:
    data = Database(path, SCHEMA)
    data.write_all([("INSERT INTO facts VALUES (?, ?)", (f"n{n}", "x" * 100)) for n in range(200)])
    data.close()
    return path.read_bytes()


def test_nothing_is_opened_before_it_is_used(tmp_path: Path) -> None:
    data = Database(tmp_path / "new" / "a.db", SCHEMA)
    assert not (tmp_path / "new").exists()
    assert data.rows("SELECT * FROM facts") == []
    data.close()


@pytest.mark.parametrize("place", [0, 18, 4096, 12288, 24576])
def test_damage_anywhere_is_found_at_the_start_and_set_aside(tmp_path: Path, place: int) -> None:
    path = tmp_path / "a.db"
    content = filled(path)
    path.write_bytes(content[:place] + b"\xff" * 4000 + content[place + 4000 :])
    beside = Database(path, SCHEMA, mends=False)
    if place < 100:
        with pytest.raises(sqlite3.DatabaseError):
            beside.rows("SELECT * FROM facts")
    beside.close()
    data = Database(path, SCHEMA, mends=True)
    assert data.rows("SELECT * FROM facts") == []
    assert data.set_aside == tmp_path / "a.db.damaged-1" and data.write("INSERT INTO facts VALUES ('a', 'b')") == 1
    data.close()


def test_a_file_that_was_emptied_is_told_and_set_aside(tmp_path: Path) -> None:
    filled(tmp_path / "a.db")
    (tmp_path / "a.db").write_bytes(b"")
    data = Database(tmp_path / "a.db", SCHEMA, mends=True)
    assert data.rows("SELECT * FROM facts") == [] and data.set_aside == tmp_path / "a.db.damaged-1"
    data.close()
    again = Database(tmp_path / "a.db", SCHEMA, mends=True)
    assert again.rows("SELECT * FROM facts") == [] and again.set_aside is None
    again.close()


class Full(sqlite3.Connection):
    """What SQLite says where there is no room."""

    def execute(self, *_: object) -> sqlite3.Cursor:
        raise sqlite3.OperationalError("database or disk is full")


@pytest.mark.parametrize("put_there", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("nowhere")])
def test_what_is_no_file_is_set_aside(tmp_path: Path, put_there: Callable[[Path], None]) -> None:
    path = tmp_path / "a.db"
    put_there(path)
    database = Database(path, SCHEMA)
    assert database.rows("SELECT * FROM facts") == []
    database.close()
    assert path.is_file() and database.set_aside is not None and os.path.lexists(database.set_aside)


def test_a_file_that_a_full_disk_left_empty_is_not_taken_for_an_emptied_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect
    data = Database(tmp_path / "a.db", SCHEMA, mends=True)
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *given, **more: connect(*given, **more, factory=Full))
        for _ in range(2):
            with pytest.raises(sqlite3.OperationalError, match="full"):
                data.open()
    data.open()
    assert data.set_aside is None
    data.close()


def test_a_file_that_another_thread_is_making_is_not_taken_for_an_emptied_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, made, go_on = sqlite3.connect, threading.Event(), threading.Event()

    def slow(*given: Any, **more: Any) -> sqlite3.Connection:
        made.set()
        assert go_on.wait(10)
        return connect(*given, **more)

    first, second = Database(tmp_path / "a.db", SCHEMA), Database(tmp_path / "a.db", SCHEMA)
    with monkeypatch.context() as patch, ThreadPoolExecutor(2) as threads:
        patch.setattr(sqlite3, "connect", slow)
        opening = threads.submit(first.open)
        assert made.wait(10)
        late = threads.submit(second.open)
        with pytest.raises(TimeoutError):
            late.result(0.1)
        go_on.set()
        opening.result(10)
        late.result(10)
    assert first.set_aside is None and second.set_aside is None
    first.close()
    second.close()


def test_a_bit_of_a_columns_name_is_damage_too(tmp_path: Path) -> None:
    content = filled(tmp_path / "a.db")
    (tmp_path / "a.db").write_bytes(content.replace(b"fact TEXT", b"fabt TEXT"))
    data = Database(tmp_path / "a.db", SCHEMA, mends=True)
    assert data.rows("SELECT * FROM facts") == [] and data.set_aside is not None
    data.close()


def test_accounts_that_are_lost_open_no_first_start_until_the_owner_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    accounts = Accounts(tmp_path)
    assert accounts.first_start
    tell_nobody_left(accounts)
    assert not caplog.messages, "there never was a user"
    accounts.add_user("anna", "correct horse battery", "admin")
    assert [each.name for each in accounts.users()] == ["anna"]
    accounts.close()
    for lost in (b"", b"no database at all" * 200, None):
        (tmp_path / "accounts.db").unlink() if lost is None else (tmp_path / "accounts.db").write_bytes(lost)
        accounts = Accounts(tmp_path, mends=True)
        assert accounts.empty and not accounts.first_start
        caplog.clear()
        tell_nobody_left(accounts)
        [line] = caplog.messages
        assert "nobody can log in" in line and f"flowengine user reset --data {tmp_path}" in line
        accounts.close()
    accounts = Accounts(tmp_path)
    accounts.reset()
    assert accounts.first_start and not Marker(tmp_path / FILE)
    accounts.close()


def test_a_file_that_nothing_brings_back_is_told_once_when_it_is_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def used() -> None:
        data = Database(tmp_path / "a.db", SCHEMA, holds="every fact")
        data.open()
        data.close()

    used()
    (tmp_path / "a.db").unlink()
    used()
    used()
    assert [each.message for each in caplog.records] == [
        f"{tmp_path / 'a.db'} was there and is missing: every fact; a backup may hold it"
    ]
    assert [each.name for each in found_aside(tmp_path)] == ["a.db.lost"]


def test_opening_it_again_takes_no_lock_from_who_has_it_open(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    ours = Database(file, SCHEMA)
    ours.write("INSERT INTO facts VALUES ('a', 'b')")
    second = Database(file, SCHEMA, mends=False)
    second.open()
    # Another process that takes itself for the last one removes the journal under the feet of those who have it open.
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM sqlite_master'); c.close()"
    )
    subprocess.run([sys.executable, "-c", script, file], check=True)
    assert file.with_name("a.db-wal").exists()
    second.close()
    ours.close()
