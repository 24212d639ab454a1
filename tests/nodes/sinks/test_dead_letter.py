"""dead_letter: what it returned from is on disk; a full disk is waited for; the loop is not stalled."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from flowengine import Unavailable
from flowengine.store.data_folder import DEAD_LETTERS
from flowengine.store.dead_letters import DeadLetters
from flowengine.testing import messages
from nodes.sinks.dead_letter import DeadLetter

Open = Any
ERROR = {"error": {"node": "influx", "reason": "bad"}}


async def test_messages_are_on_disk_when_write_returns(opened: Open, tmp_path: Path) -> None:
    sink = await opened(DeadLetter, "{keep: 1d}")
    await sink.write(messages([{"payload": k, "meta": ERROR} for k in range(100)]))
    beside = DeadLetters(tmp_path / DEAD_LETTERS)
    assert [letter.message.payload for letter in beside.list()] == list(range(100))
    assert {(letter.flow, letter.node, letter.reason) for letter in beside.list()} == {("test", "influx", "bad")}
    beside.close()


async def test_what_does_not_fit_is_forgotten_oldest_first_and_counted(opened: Open) -> None:
    sink = await opened(DeadLetter, "{max_bytes: 4KiB}")
    await sink.write(messages([{"payload": "x" * 500, "meta": ERROR} for _ in range(20)]))
    forgotten = sink.context.recorded.counted["letters forgotten, too old or too many"]
    assert forgotten + sink._letters.count == 20 and 3 < sink._letters.count < 8


async def test_a_locked_or_full_disk_keeps_the_messages(opened: Open, tmp_path: Path) -> None:
    sink = await opened(DeadLetter, "{}")
    sink._letters._db.write("PRAGMA busy_timeout=50")
    other = sqlite3.connect(tmp_path / DEAD_LETTERS, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        await sink.write(messages([1]))
    other.execute("ROLLBACK")
    other.close()
    sink._letters._db.write("PRAGMA max_page_count=1")
    with pytest.raises(Unavailable, match="full"):
        await sink.write(messages(["x" * 100_000]))
    sink._letters._db.write("PRAGMA max_page_count=100000")
    await sink.write(messages(["x" * 100_000]))
    assert sink._letters.count == 1


async def test_a_damaged_file_is_counted_and_put_aside(opened: Open, tmp_path: Path) -> None:
    (tmp_path / DEAD_LETTERS).write_bytes(b"torn" * 2000)
    sink = await opened(DeadLetter, "{}")
    assert sink.context.recorded.counted == {"damaged files set aside": 1}
    await sink.write(messages([1]))
