"""What a source takes together is bounded in bytes, and nothing of it is lost or overtaken."""

from __future__ import annotations

from nodes.queues.source_queue import SourceQueue

MIB = 1 << 20


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


async def test_a_full_queue_takes_nothing_more_until_something_is_taken() -> None:
    queue: SourceQueue[int] = SourceQueue(2)
    assert [queue.offer(n) for n in range(3)] == [True, True, False]
    assert await queue.take() == [0, 1] and queue.offer(3)
