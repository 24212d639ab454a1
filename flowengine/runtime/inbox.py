"""The bounded queue in RAM before a sink, or before a node whose flow asks for one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from flowengine.catalog.every_node import QueueLimits
from flowengine.message import Messages
from flowengine.runtime.receipt import JoinedReceipt, Receipt
from flowengine.runtime.station import Queue, Station

Batch = tuple[Messages, Receipt]
LEAST_BYTES = 64
"""What a message is taken for when its source gave no size."""


class GatheredReceipt(JoinedReceipt):
    """Of several batches that were taken as one; knows them, so that they can go back apart."""

    __slots__ = ("batches",)

    def __init__(self, batches: list[Batch]):
        super().__init__([receipt for _, receipt in batches])
        self.batches = batches

    @property
    def messages(self) -> int:
        """How many there are in all."""
        return sum(len(messages) for messages, _ in self.batches)


class Inbox:
    """Batches that wait for one consumer; bounded in count and bytes, each drop counted.

    `block` never drops: it takes the batch and reports itself as full, and whoever put it waits
    for room before the next. So it exceeds its bound by one batch per producer at most.
    """

    step = "queue"
    durable = False
    spool = None

    def __init__(self, limits: QueueLimits, drop: Callable[[str, int], None], pressed: list[Queue]):
        self.limits = limits
        self._drop = drop
        self._pressed = pressed
        self._waiting: deque[Batch] = deque()
        self.messages = 0
        self.size_bytes = 0
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    @property
    def full(self) -> bool:
        """Whether producers should wait."""
        return self.messages >= self.limits.count or self.size_bytes >= self.limits.max_bytes

    @property
    def fill(self) -> tuple[int, int]:
        """Messages that wait, and how many may."""
        return self.messages, self.limits.count

    def put(self, messages: Messages, receipt: Receipt) -> None:
        """Take a batch over, or drop by policy and settle."""
        if self.limits.when_full == "drop_newest" and self.full:
            self._drop("queue full, newest dropped", len(messages))
            receipt.settle()
            return
        self._waiting.append((messages, receipt))
        self._count(len(messages), receipt)
        if self.full:
            self._overflow()

    def put_back(self, messages: Messages, receipt: Receipt) -> None:
        """Return a batch that was taken and not delivered, in front of the others.

        What was gathered goes back as it came: a part that is dropped later is then settled without the rest.
        """
        batches: list[Batch] = [(messages, receipt)]
        if isinstance(receipt, GatheredReceipt) and receipt.sole and len(messages) == receipt.messages:
            batches = receipt.batches
        for part in reversed(batches):
            self._waiting.appendleft(part)
            self._count(len(part[0]), part[1])

    async def take(self, limit: int) -> Batch:
        """The oldest batches joined to one of at most `limit` messages (at least one batch); waits for it."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        messages, receipt = self._next()
        if not self._waiting or len(messages) + len(self._waiting[0][0]) > limit:
            return messages, receipt
        batches, count = [(messages, receipt)], len(messages)
        while self._waiting and count + len(self._waiting[0][0]) <= limit:
            batches.append(self._next())
            count += len(batches[-1][0])
        return [message for batch, _ in batches for message in batch], GatheredReceipt(batches)

    def take_all(self) -> list[Batch]:
        """Everything that waits, for a queue of another kind."""
        batches = list(self._waiting)
        for _ in batches:
            self._next()
        return batches

    def purge(self) -> int:
        """Drop what waits; how many messages."""
        dropped = 0
        for messages, receipt in self.take_all():
            dropped += len(messages)
            receipt.settle()
        self._drop("purged", dropped)
        return dropped

    async def room(self) -> None:
        """Return when producers need not wait."""
        await self._room.wait()

    def adopt(self, station: Station) -> None:
        """Stand before the station that replaces the one it stood before."""
        self._drop = station.drop

    async def close(self) -> None:
        """Nothing: it holds nothing open."""

    def _count(self, n: int, receipt: Receipt) -> None:
        self.messages += n
        self.size_bytes += max(receipt.bytes_for(n), n * LEAST_BYTES)
        self._filled.set()

    def _next(self) -> Batch:
        messages, receipt = self._waiting.popleft()
        n = len(messages)
        self.messages -= n
        self.size_bytes -= max(receipt.bytes_for(n), n * LEAST_BYTES)
        if not self._waiting:
            self.size_bytes = 0
        if not self.full:
            self._room.set()
        return messages, receipt

    def _overflow(self) -> None:
        if self.limits.when_full == "block":
            self._room.clear()
            self._pressed.append(self)
            return
        while len(self._waiting) > 1 and (self.messages > self.limits.count or self.size_bytes > self.limits.max_bytes):
            messages, receipt = self._next()
            excess = min(len(messages), max(1, self.messages + len(messages) - self.limits.count))
            self._drop("queue full, oldest dropped", excess)
            if excess < len(messages):
                self._waiting.appendleft((messages[excess:], receipt))
                self._count(len(messages) - excess, receipt)
                return
            receipt.settle()
