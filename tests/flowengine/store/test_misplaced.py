"""What stands in a data folder where something else is meant, before anybody opens it."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from flowengine.store.aside import found_aside
from flowengine.store.misplaced import set_misplaced_aside


def folder(path: Path) -> None:
    path.mkdir()
    (path / "kept").write_text("of somebody")


def ring(path: Path) -> None:
    path.symlink_to(path.name)


def unix_socket(path: Path) -> None:
    handle = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{handle}/{path.name}")  # a path of pytest's is too long
    os.close(handle)


IN_A_FILES_PLACE: list[Callable[[Path], None]] = [folder, ring, unix_socket, os.mkfifo]
FILES = [
    "epoch", "format", "rtdb.journal", "setpoints.journal", "node-types.json", "alarms.db", "alarms.db-wal",
    "alarms.db-shm",     "leases/.lock", "leases/engine", "secrets/pw", ".epoch.new", "flows/f/state.msgpack",
    "flows/f/state.msgpack.before",
    "flows/f/n/checkpoint", "flows/f/n/dead_letters.db", "flows/f/n/dead_letters.db-wal", "flows/f/n/spool/lock",
    "flows/f/n/spool/cursor", "flows/f/n/spool/ballast", "flows/f/n/spool/00000000000000000001-00000001-56f571d4.seg",
]  # fmt: skip
FOLDERS = [
    "flows",
    "connections",
    "leases",
    "secrets",
    "flows/f",
    "flows/f/n",
    "flows/f/n/spool",
    "flows/f/n/spool/quarantine",
]


@pytest.mark.parametrize("make", IN_A_FILES_PLACE)
def test_what_is_no_file_in_a_files_place_is_set_aside_with_what_it_holds(
    make: Callable[[Path], None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        make(tmp_path / name)
    set_misplaced_aside(tmp_path)
    assert {str(path.relative_to(tmp_path)) for path in found_aside(tmp_path)} == {f"{n}.damaged-1" for n in FILES}
    assert not [name for name in FILES if os.path.lexists(tmp_path / name)]
    assert make is not folder or (tmp_path / "epoch.damaged-1/kept").read_text() == "of somebody"
    assert len(caplog.records) == len(FILES)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_file_in_a_folders_place_is_set_aside(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("kept")
    set_misplaced_aside(tmp_path)
    [aside] = found_aside(tmp_path)
    assert aside.read_text() == "kept" and not (tmp_path / name).exists()


def test_what_is_right_and_what_is_not_ours_stays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("epoch", "flows/f/n/spool/lock", "flows/f/n/history/x", "flows/f/n/part", "flows/README.txt", "mine"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "connections/db").mkdir(parents=True)
    (tmp_path / "rtdb.journal").symlink_to("epoch")
    (tmp_path / "secrets").symlink_to("/mnt/that/is/mounted/later")
    folder(tmp_path / "accounts.made")
    before = sorted(tmp_path.rglob("*"))
    set_misplaced_aside(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before and not caplog.records


def test_a_file_of_ours_that_cannot_be_read_is_made_readable(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "epoch").write_text("7")
    (tmp_path / "epoch").chmod(0)
    monkeypatch.setattr(
        os, "access", lambda path, mode: Path(path).stat().st_mode & 0o600 == 0o600
    )  # root may anything
    set_misplaced_aside(tmp_path)
    assert (tmp_path / "epoch").stat().st_mode & 0o777 == 0o600 and "may again" in caplog.text


def test_what_belongs_to_somebody_else_is_set_aside_unless_it_is_a_database_that_can_be_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("epoch", "accounts.db"):
        (tmp_path / name).write_text("7")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    set_misplaced_aside(tmp_path)
    assert [path.name for path in found_aside(tmp_path)] == ["epoch.damaged-1"]
    assert "when it is yours and has its name back" in caplog.records[0].getMessage()
    assert caplog.records[0].levelno == logging.ERROR
