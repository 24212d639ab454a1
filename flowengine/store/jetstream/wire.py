"""Sending along a wire: what one unit gives to one partition, in frames, each behind the one before.

A subject has one sender at a time. It names the frame that it expects to be the last; so a frozen owner that wakes up
writes nothing that its successor has not, and a repetition after a failover is told by the ordinal of what it is of.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from flowengine.store.jetstream import frames
from flowengine.store.jetstream.client import Full, JetStream
from flowengine.store.jetstream.frames import MOST_BYTES, MOST_RECORDS, NOTHING, Head
from flowengine.store.port import Away, Conflict

RETRY_S = 0.2


class Parcel(NamedTuple):
    """Records that belong together; `reach` is (0, 0) for what follows from no committed input."""

    records: list[bytes]
    arrived_ns: int
    reach: tuple[int, int]
    on_sent: Callable[[], None]


class Sender:
    """To one subject. `run` it; it ends with its task."""

    def __init__(self, jetstream: JetStream, stream: str, subject: str, epoch: int, sender: str):
        self._jetstream, self._stream, self._subject = jetstream, stream, subject
        self._epoch, self._sender = epoch, sender
        self._waiting: deque[Parcel] = deque()
        self._news = asyncio.Event()
        self._last, self._sequence = NOTHING, 0
        self.on_lost: Callable[[], None] = lambda: None
        self.fault = ""

    def put(self, parcel: Parcel) -> None:
        """To be sent, after what waits already."""
        self._waiting.append(parcel)
        self._news.set()

    async def run(self) -> None:
        """Send, until cancelled."""
        await self._learn()
        while True:
            while not self._waiting:
                self._news.clear()
                await self._news.wait()
            await self._send(self._next())

    def _next(self) -> list[Parcel]:
        """Parcels for one frame; what the subject has already is settled and left out."""
        taken: list[Parcel] = []
        records = size = 0
        while self._waiting and records < MOST_RECORDS and size < MOST_BYTES:
            parcel = self._waiting[0]
            size += sum(map(len, parcel.records))
            records += len(parcel.records)
            if taken and (records > MOST_RECORDS or size > MOST_BYTES):
                break
            taken.append(self._waiting.popleft())
        return taken

    async def _send(self, parcels: list[Parcel]) -> None:
        while parcels := self._new(parcels):
            head = self._head(parcels)
            records = [record for parcel in parcels for record in parcel.records]
            arrived_ns = [parcel.arrived_ns for parcel in parcels for _ in parcel.records]
            try:
                sequence = await self._jetstream.put(
                    self._subject, frames.pack(head, records, arrived_ns), self._sequence
                )
            except Conflict:
                await self._learn()
                if (self._last.sender, self._last.number) != (head.sender, head.number):
                    continue
                sequence = self._sequence  # it stands there; only the answer was lost
            except (Full, Away) as away:
                self.fault = str(away)
                await asyncio.sleep(RETRY_S)
                continue
            self.fault = ""
            self._last, self._sequence = head, sequence
            for parcel in parcels:
                parcel.on_sent()
            return

    def _new(self, parcels: list[Parcel]) -> list[Parcel]:
        new = []
        for parcel in parcels:
            if parcel.reach != (0, 0) and parcel.reach <= self._last.reach:
                parcel.on_sent()
            else:
                new.append(parcel)
        return new

    def _head(self, parcels: list[Parcel]) -> Head:
        reach = max([self._last.reach, *(parcel.reach for parcel in parcels)])
        return Head(self._epoch, self._sender, self._last.number + 1, *reach)

    async def _learn(self) -> None:
        """What the last frame of the subject is; never returns to who has been replaced."""
        while True:
            try:
                found = await self._jetstream.last(self._stream, self._subject)
            except Away as away:
                self.fault = str(away)
                await asyncio.sleep(RETRY_S)
                continue
            head = frames.head_of(found.data) if found is not None else NOTHING
            if head is not None and head.epoch <= self._epoch:
                self._last, self._sequence = head, found.sequence if found is not None else 0
                return
            self.on_lost()
            await asyncio.Event().wait()
