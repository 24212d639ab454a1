"""What brokers and object stores have in common: what their errors mean, and a batch that is confirmed part by part.

Never here: a protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any, TypeVar

from flowengine import Message, Messages, Rejected, Unavailable
from flowengine.counts import count_of
from flowengine.ending import end
from nodes.batches.sorting import made_of

Going = TypeVar("Going")


class BrokerAway(Exception):
    """The broker cannot be reached, or takes nothing now: it may pass, or a person mends it."""


class BrokerRefused(Exception):
    """The broker's word on one message, which it will not take later either."""


async def deliver(
    messages: Messages, prepare: Callable[[Message], Going], send: Callable[[Going], Awaitable[None]]
) -> None:
    """Return once the broker has every message that `prepare` made of one, sent side by side and in order.

    `prepare` raises ValueError, `send` BrokerAway or BrokerRefused. Raises Unavailable when one of them may be taken
    later (some have arrived then), Rejected with the rows that never will.
    """
    going, bad = made_of(messages, prepare)
    await confirmed([((place,), send(each)) for place, each in going.items()], bad)


async def confirmed(going: Iterable[tuple[Sequence[int], Awaitable[None]]], bad: dict[int, str]) -> None:
    """Return once all these are taken, which go side by side; each is made of the messages at some places of a batch.

    `bad` says why others of the batch did not go. Raises Unavailable when one may be taken later (some have arrived
    then), Rejected with the rows that never will.
    """
    parts = list(going)
    ends = await asyncio.gather(*(sent for _, sent in parts), return_exceptions=True)
    for (places, _), ended in zip(parts, ends, strict=True):
        if isinstance(ended, BrokerRefused):
            bad.update(dict.fromkeys(places, str(ended)))
        elif isinstance(ended, BrokerAway):
            raise Unavailable(str(ended)) from ended
        elif ended is not None:
            raise ended
    if bad:
        raise Rejected(f"{count_of(len(bad), 'message was', 'messages were')} not taken", bad)


class Answers:
    """Answers to a broker that are on their way. Who opens it closes it, which waits for them a while."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, answer: Coroutine[Any, Any, None]) -> None:
        """Let it go out beside the loop; it handles its own errors."""
        task = asyncio.get_running_loop().create_task(answer, name="answer to a broker")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, patience_s: float = 2.0) -> None:
        """Return when all are out, or time is up; the others are given up."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=patience_s)
            await end(*late, again_s=1.0)
