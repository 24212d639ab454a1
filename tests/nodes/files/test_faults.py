"""Which errors of a disk are a message's own, and rejected, and which are the machine's, and waited for."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from flowengine import Message, Rejected, Unavailable
from flowengine.testing import TestContext, make
from nodes.clients.sql import SqlAway, SqlRefused, SqlSettings
from nodes.clients.sql.sqlite import Sqlite
from nodes.sinks.archive import Archive
from nodes.sinks.file_out import FileOut
from nodes.sources.file_in import FileIn
from tests.waiting import until

OF_THE_NAME = ("ENAMETOOLONG", "EISDIR", "ENOTDIR", "ELOOP", "EINVAL", "EILSEQ", "ENXIO", "EFBIG")
OF_THE_MACHINE = ("ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EIO", "EMFILE", "ENFILE", "ESTALE", "ETIMEDOUT")
TABLE = [(name, True) for name in OF_THE_NAME] + [(name, False) for name in OF_THE_MACHINE]
each_error = pytest.mark.parametrize(("name", "rejected"), TABLE)


def failing(name: str, otherwise: Any = None) -> Any:
    """What the system says of a file in a folder (`a.txt`, `b.txt`), and not of the folder."""
    code = getattr(errno, name)

    def fail(*given: Any, **more: Any) -> Any:
        if otherwise is not None and not str(given[0]).endswith(".txt"):
            return otherwise(*given, **more)
        raise OSError(code, os.strerror(code), given[0])

    return fail


@each_error
async def test_of_a_file_that_is_written(
    name: str, rejected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = make(FileOut, f"{{root: {tmp_path}, path: a.txt}}")
    await sink.open()
    with monkeypatch.context() as patch:
        patch.setattr("nodes.files.rotate.open_file", failing(name))
        with pytest.raises(Rejected if rejected else Unavailable, match=r"cannot (write|be written)") as fault:
            await sink.write([Message("x")])
    assert "Errno" not in str(fault.value)
    await sink.write([Message("x")])
    await sink.close()
    assert (tmp_path / "a.txt").read_text() == "x\n"


@each_error
async def test_of_an_archive(name: str, rejected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").touch()
    sink = make(Archive, f"{{root: {tmp_path / 'in'}, into: {tmp_path / 'out'}, name: x}}")
    with monkeypatch.context() as patch:
        patch.setattr("os.rename", failing(name))
        with pytest.raises(Rejected if rejected else Unavailable, match="cannot write 'x'"):
            await sink.write([Message(1)])
    assert not (tmp_path / "out/.x.tar.gz.half").exists()
    [answer] = await sink.write([Message(1)])
    assert answer.payload["files"] == 1


@each_error
async def test_of_a_database(name: str, rejected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Sqlite(SqlSettings("sqlite", path="h.db"), tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("nodes.clients.sql.sqlite.folder_of", failing(name))
        with pytest.raises(SqlRefused if rejected else SqlAway):
            await database.ask("SELECT 1", {}, 1, writes=False)
    assert await database.ask("SELECT 1 AS n", {}, 1, writes=False) == [{"n": 1}]
    await database.close()


@each_error
@pytest.mark.parametrize("then", ["{move: done}", "delete"])
async def test_of_a_file_that_was_read_and_is_put_away(
    name: str, rejected: bool, then: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """Neither is a reason to read it again; one of the machine stops the node until it is mended."""
    for file in ("a.txt", "b.txt"):
        (tmp_path / file).write_text(f"{file}\n")
    config = f"{{root: {tmp_path}, path: '*.txt', then: {then}, settled_after: 1ms, poll: 1ms}}"
    source = make(FileIn, config, TestContext(data_dir=tmp_path / "own"))
    found: list[Any] = []

    async def emit(messages: Any, ack: Any = None, *_: object, **__: object) -> None:
        found.extend(message.payload for message in messages)
        ack()

    async def run() -> None:
        with contextlib.suppress(Unavailable):
            await source.run(emit)

    with monkeypatch.context() as patch:
        call = "unlink" if then == "delete" else "rename"
        patch.setattr(os, call, failing(name, getattr(os, call)))
        first = asyncio.create_task(run())
        await until(lambda: found == (["a.txt", "b.txt"] if rejected else ["a.txt"]))
        await until(lambda: first.done() or (rejected and len(told(caplog)) == 2))
        first.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await first
    assert len(told(caplog)) == (2 if rejected else 0), "each is told once"
    second = asyncio.create_task(run())
    await until(lambda: not list(tmp_path.glob("*.txt")))
    second.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await second
    assert found == ["a.txt", "b.txt"]


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        each.message for each in caplog.records if each.levelno == logging.WARNING and "stays where" in each.message
    ]
