"""What a source takes together is bounded in bytes, and nothing of it is lost or overtaken."""

from __future__ import annotations

import pytest

from nodes.queues.source_queue import MOST_BYTES, SourceQueue, portions

MIB = 1 << 20


@pytest.mark.parametrize(
    ("sizes", "parts"),
    [
        ([], []),
        ([1], [1]),
        ([MIB], [1]),
        ([MIB, MIB, MIB], [1, 1, 1]),
        ([1, 2, MIB, 3], [2, 1, 1]),
        ([MOST_BYTES // 2] * 5, [2, 2, 1]),
        ([0] * 9, [9]),
    ],
)
def test_portions_are_small_or_of_one(sizes: list[int], parts: list[int]) -> None:
    items = list(range(len(sizes)))
    found = list(portions(items, sizes))
    assert [len(part) for part in found] == parts and [item for part in found for item in part] == items


async def test_large_items_are_taken_one_by_one_in_order_and_the_rest_is_known() -> None:
    queue: SourceQueue[bytes] = SourceQueue()
    given = [bytes([n]) * MIB for n in range(4)]
    queue.put(given[:3])
    got = []
    for _ in range(2):
        taken = await queue.take()
        queue.put(given[3:] if not got else ())
        got += queue.within(taken, [len(each) for each in taken])
    assert got == given[:2] and queue.rest() == given[2:]


async def test_small_items_are_taken_together() -> None:
    queue: SourceQueue[bytes] = SourceQueue()
    queue.put([b"x"] * 1000)
    taken = await queue.take()
    assert queue.within(taken, [1] * 1000) == taken and not len(queue)
