"""flowengine/store/dead_letters.py: nothing is lost that was added, the bounds hold, damage is put aside."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine.message import Message
from flowengine.store import data_folder
from flowengine.store.data_folder import DEAD_LETTERS
from flowengine.store.dead_letters import DeadLetters, Which

DAY_NS = 86_400 * 10**9


def dead(payload: object, node: str = "influx", reason: str = "not_finite") -> Message:
    """A message as it comes from an error port."""
    return Message(payload, "a/b", 5, {"error": {"node": node, "reason": reason}, "device": "d1"}, 6, 7)


def test_a_letter_comes_back_whole_after_a_restart(tmp_path: Path) -> None:
    first = DeadLetters(tmp_path / DEAD_LETTERS)
    first.add("plant", [dead({"v": 1.5, "b": b"\x00\xff"})], now_ns=9)
    first.close()
    again = DeadLetters(tmp_path / DEAD_LETTERS)
    [letter] = again.list()
    assert (letter.died_ns, letter.flow, letter.node, letter.reason) == (9, "plant", "influx", "not_finite")
    assert letter.message == dead({"v": 1.5, "b": b"\x00\xff"})
    assert again.show(letter.id) == letter and again.show(99) is None
    again.close()


def test_letters_are_grouped_chosen_redriven_and_purged(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / DEAD_LETTERS)
    letters.add("plant", [dead(k) for k in range(5)], now_ns=10)
    letters.add("plant", [dead("x", "sql", "23505")], now_ns=20)
    assert [(g.node, g.reason, g.count, g.first_ns, g.last_ns) for g in letters.groups()] == [
        ("sql", "23505", 1, 20, 20),
        ("influx", "not_finite", 5, 10, 10),
    ]
    chosen = letters.list(Which(node="influx"), most=3)
    assert [letter.message.payload for letter in chosen] == [0, 1, 2]
    assert letters.remove([letter.id for letter in chosen]) == 3
    assert [x.message.payload for x in letters.list(Which(node="influx"), after=chosen[-1].id)] == [3, 4]
    assert letters.purge(Which(reason="23505")) == 1 and letters.purge(before_ns=10) == 0
    assert letters.purge() == 2 and letters.count == 0
    letters.close()


def test_old_letters_go_by_age(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / DEAD_LETTERS, keep_s=86_400)
    letters.add("f", [dead(1)], now_ns=DAY_NS)
    assert letters.add("f", [dead(2)], now_ns=2 * DAY_NS + 1) == 1
    assert [letter.message.payload for letter in letters.list()] == [2]
    letters.close()


@settings(max_examples=30)
@given(st.lists(st.lists(st.binary(max_size=300), max_size=20), max_size=12), st.integers(200, 3000))
def test_the_newest_letters_that_fit_are_kept_in_order(batches: list[list[bytes]], max_bytes: int) -> None:
    with TemporaryDirectory() as folder:
        letters = DeadLetters(Path(folder) / DEAD_LETTERS, max_bytes=max_bytes)
        added: list[bytes] = []
        gone = 0
        for batch in batches:
            gone += letters.add("f", [dead(body) for body in batch], now_ns=1)
            added += batch
        kept = [letter.message.payload for letter in letters.list(most=10_000)]
        assert kept == added[len(added) - len(kept) :] and gone == len(added) - len(kept)
        assert sum(group.size_bytes for group in letters.groups()) <= max_bytes
        letters.close()


def test_a_damaged_file_is_put_aside_and_a_new_one_begun(tmp_path: Path) -> None:
    (tmp_path / DEAD_LETTERS).write_bytes(b"no database at all" * 500)
    letters = DeadLetters(tmp_path / DEAD_LETTERS, mends=True)
    letters.add("f", [dead(1)], now_ns=1)
    assert letters.set_aside == tmp_path / f"{DEAD_LETTERS}.damaged-1" and letters.count == 1
    assert letters.set_aside.read_bytes().startswith(b"no database")
    letters.close()


@pytest.mark.faults
def test_what_was_added_survives_kill_9(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from flowengine.message import Message; from flowengine.store.dead_letters import DeadLetters\n"
        "letters = DeadLetters(Path(sys.argv[1]))\n"
        "for k in range(20): letters.add('f', [Message(k)], 1)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / DEAD_LETTERS)], check=False, timeout=150)
    assert done.returncode == -9
    letters = DeadLetters(tmp_path / DEAD_LETTERS)
    assert [letter.message.payload for letter in letters.list()] == list(range(20))
    letters.close()


def test_another_process_may_look_while_a_node_writes(tmp_path: Path) -> None:
    folder = tmp_path / "flows" / "plant" / "rejected"
    writer, reader = DeadLetters(folder / DEAD_LETTERS), DeadLetters(folder / DEAD_LETTERS)
    writer.add("plant", [dead(1)], now_ns=1)
    assert reader.count == 1 and reader.purge() == 1 and writer.count == 0
    assert data_folder.dead_letters(tmp_path) == [folder / DEAD_LETTERS]
    assert (folder / DEAD_LETTERS).stat().st_mode & 0o777 == 0o600
    writer.close()
    reader.close()


def test_a_message_without_a_reason_is_kept_too(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / DEAD_LETTERS)
    letters.add("f", [Message(1), Message(2, meta={"error": "text"})], now_ns=1)
    assert {letter.reason for letter in letters.list()} == {"unknown"}
    letters.close()
