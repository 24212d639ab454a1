"""Backlogs of slow readers are bounded, in order, and count what they give up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.servers.websocket.slow_reader import Block, DropOldest, LatestPerKey, block

LINES = st.lists(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 99)), min_size=1, max_size=5))


def made(pairs: list[tuple[str, int]]) -> Block:
    return block([b"%s=%d" % (key.encode(), value) for key, value in pairs], [key for key, _ in pairs])


def drained(backlog: DropOldest | LatestPerKey, most_bytes: int = 8) -> list[bytes]:
    out: list[bytes] = []
    while backlog:
        out += backlog.take(most_bytes).split(b"\n")
    return out


@given(LINES, st.integers(1, 12), st.integers(1, 60))
def test_drop_oldest_keeps_the_newest_in_order_and_counts_the_rest(
    blocks: list[list[tuple[str, int]]], most_lines: int, most_bytes: int
) -> None:
    backlog = DropOldest(most_lines, most_bytes)
    sent = [b"%s=%d" % (key.encode(), value) for pairs in blocks for key, value in pairs]
    lost = sum(backlog.put(made(pairs)) for pairs in blocks)
    kept = drained(backlog)
    assert sent[lost:] == kept
    assert len(kept) <= max(most_lines, len(blocks[-1]) if blocks else 0)


@given(LINES, st.integers(1, 12))
def test_latest_ends_with_the_newest_value_of_every_kept_key(
    blocks: list[list[tuple[str, int]]], most_lines: int
) -> None:
    backlog = LatestPerKey(most_lines, 10_000)
    lost = sum(backlog.put(made(pairs)) for pairs in blocks)
    kept = drained(backlog)
    newest = {key: value for pairs in blocks for key, value in pairs}
    last = {line.split(b"=")[0].decode(): int(line.split(b"=")[1]) for line in kept}
    assert lost + len(kept) == sum(len(pairs) for pairs in blocks)
    assert all(newest[key] == value for key, value in last.items())
    if len(newest) <= most_lines:
        assert last == newest


def test_a_reader_that_keeps_up_gets_every_line() -> None:
    backlog = LatestPerKey(2, 100)
    assert backlog.put(made([("a", 1), ("a", 2), ("b", 3)])) == 0
    assert backlog.take(100) == b"a=1\na=2\nb=3"
    assert not backlog


@pytest.mark.parametrize("kind", [DropOldest, LatestPerKey])
def test_nothing_waits_at_first(kind: type[DropOldest] | type[LatestPerKey]) -> None:
    backlog = kind(1, 1)
    assert not backlog
    with pytest.raises(IndexError):
        backlog.take(1)
