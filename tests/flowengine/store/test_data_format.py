"""A data folder of an older engine is taken over with all it holds; one of a newer engine is refused with a word."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from flowengine.store import data_format, sealed
from flowengine.store.accounts import Accounts
from flowengine.store.data_format import FORMAT, format_of, take_over
from tests.faults.engine_process import EngineProcess
from tests.waiting import until

MADE = Path(__file__).parent / "data"


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The data folder of the first version, killed while messages waited for a database."""
    with tarfile.open(MADE / "first_version.tar.gz") as archive:
        for member in archive.getmembers():
            path = tmp_path / member.name
            if member.isdir():
                path.mkdir()
            elif content := archive.extractfile(member):
                path.write_bytes(content.read())
                path.chmod(0o600)
    return tmp_path / "data"


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "flowengine", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=150, check=False)


def test_a_new_folder_gets_todays_number_and_keeps_it(tmp_path: Path) -> None:
    assert format_of(tmp_path / "new") == 1
    take_over(tmp_path / "new")
    assert (tmp_path / "new/format").read_text() == f"{FORMAT} {FORMAT}\n"
    before = os.stat(tmp_path / "new/format")
    take_over(tmp_path / "new")
    assert os.stat(tmp_path / "new/format").st_mtime_ns == before.st_mtime_ns


def test_steps_run_in_order_and_each_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []

    def fails(folder: Path) -> None:
        raise OSError("disk")

    monkeypatch.setattr(data_format, "FORMAT", 4)
    monkeypatch.setattr(data_format, "STEPS", {1: lambda _: ran.append(1), 2: lambda _: ran.append(2), 3: fails})
    with pytest.raises(OSError, match="disk"):
        take_over(tmp_path)
    assert (tmp_path / "format").read_text() == "3 3\n"
    monkeypatch.setitem(data_format.STEPS, 3, lambda _: ran.append(3))
    take_over(tmp_path)
    assert ran == [1, 2, 3] and (tmp_path / "format").read_text() == "4 4\n"


@pytest.mark.parametrize("text", ["", "1.5", "two", "0", "-1", "\xb2", "9", "2 3", "3 2"])
def test_what_is_no_number_twice_is_set_aside_and_stops_no_engine(tmp_path: Path, text: str) -> None:
    (tmp_path / "format").write_text(text, encoding="latin-1")
    take_over(tmp_path)
    assert (tmp_path / "format").read_text() == f"{FORMAT} {FORMAT}\n"
    assert (tmp_path / "format.damaged-1").read_text(encoding="latin-1") == text


def test_states_of_the_first_format_get_their_checksum(tmp_path: Path) -> None:
    for name in ("flows/a/state.msgpack", "flows/a/n/checkpoint"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"content")
    take_over(tmp_path)
    assert sealed.read(tmp_path / "flows/a/state.msgpack", bytes) == b"content"
    assert sealed.read(tmp_path / "flows/a/n/checkpoint", bytes) == b"content"


@pytest.mark.parametrize(
    "words",
    [("run", MADE / "first_version.yaml"), *((name, "ls") for name in ("user", "token", "spool", "dead", "alarm"))],
    ids=lambda words: words[0],
)
def test_a_newer_folder_is_refused_with_a_word_by_every_command(tmp_path: Path, words: tuple[object, ...]) -> None:
    (tmp_path / "format").write_text(f"{FORMAT + 1} {FORMAT + 1}\n")
    said = command(*words, "--data", tmp_path)
    assert said.returncode == 2, said
    assert said.stderr.startswith(f"flowengine: {tmp_path} was written by a newer engine (format {FORMAT + 1};")
    assert [path.name for path in tmp_path.iterdir()] == ["format"], "nothing was touched"


async def test_an_engine_of_today_takes_over_what_the_first_version_left(first: Path, tmp_path: Path) -> None:
    letters = first / "flows/first/rejected/dead_letters.db"
    [(dead,)] = rows(letters, "SELECT count(*) FROM letters")
    flow = (MADE / "first_version.yaml").read_text().replace("every: 200ms, ", "")  # one message of today's own
    database = tmp_path / "received.db"
    engine = EngineProcess(tmp_path, flow, environment={"DB": f"sqlite:///{database}"})
    assert engine.data == first
    async with engine:
        await until(lambda: database.exists() and rows(database, "SELECT name FROM sqlite_master"))
        await until(lambda: rows(database, "SELECT count(*) FROM received")[0][0] > 10)
        assert await engine.metric("unaccounted_messages") == 0
        assert await engine.terminate() == 0
    assert (first / "format").read_text() == f"{FORMAT} {FORMAT}\n"
    assert rows(letters, "SELECT count(*) FROM letters")[0][0] >= dead > 0
    assert b"c1/temp" in (first / "rtdb.journal").read_bytes()
    assert rows(first / "alarms.db", "SELECT count(*) FROM sqlite_master")[0][0] > 0
    accounts = Accounts(first)
    assert [user.name for user in accounts.users()] == ["anna"]
    accounts.close()
    shutil.rmtree(first)
