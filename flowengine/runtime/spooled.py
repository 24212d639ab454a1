"""The durable queue before a node: what is put is on disk before it is settled, and is read back from there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from msgspec import DecodeError

from flowengine.catalog.every_node import QueueLimits, SpoolLimits
from flowengine.clock import Clock
from flowengine.counts import count_of
from flowengine.message import Message, Messages, pack, unpack
from flowengine.node import Source, Stateful
from flowengine.runtime.inbox import Batch, Inbox
from flowengine.runtime.pace import Pace
from flowengine.runtime.receipt import Receipt
from flowengine.runtime.route import fail
from flowengine.runtime.station import Queue, Station
from flowengine.runtime.tracing import Spans, below
from flowengine.store.port import Log
from flowengine.store.spool import Batch as Records
from flowengine.store.spool import SpoolOptions, open_spool

IN_FLIGHT_MESSAGES = 20_000
MOST_TRACED = 100
READ_BYTES = 8 * 2**20
LANE = QueueLimits(count=1000)


class SpoolReceipt(Receipt):
    """The receipt of records that were read from a spool; settling it lets go of them."""

    __slots__ = ("ordinal", "positions")

    def __init__(self, positions: range, on_settled: Callable[[], None], size_bytes: int, born_s: float):
        super().__init__(on_settled, len(positions), size_bytes, born_s)
        self.ordinal = 0
        self.positions = positions


class SpoolInbox:
    """Stands where an `Inbox` stands, with a spool behind it.

    With `live_first` a message goes past the backlog as long as the node keeps up with live ones; it
    is then not on disk, and not settled before it is delivered.
    """

    step = "commit"
    durable = True

    def __init__(self, spool: Log, limits: SpoolLimits, station: Station, pressed: list[Queue], clock: Clock):
        self.spool = spool
        self.limits = limits
        self._station = station
        self._pressed = pressed
        self._clock = clock
        self._lane = Inbox(LANE, station.drop, []) if limits.live_first else None
        self._pace = Pace(limits.rate, limits.slower, clock.now_s()) if limits.rate else None
        self._in_flight = 0
        self._traced: dict[int, Spans] = {}
        self._settled = asyncio.Event()
        self.messages = spool.stats().records
        station.received += self.messages
        spool.on_lost = self._lost
        self.position = 0
        """All before it was given to the node."""

    @classmethod
    async def open(
        cls, path: Path, limits: SpoolLimits, station: Station, pressed: list[Queue], clock: Clock
    ) -> SpoolInbox:
        """The spool in that folder with whatever an earlier run left there. Raises `SpoolError`."""
        return cls(await open_spool(path, SpoolOptions(max_bytes=limits.max_bytes)), limits, station, pressed, clock)

    @property
    def full(self) -> bool:
        """Whether producers should wait."""
        return self.limits.when_full == "block" and self.spool.full

    @property
    def idle(self) -> bool:
        """Whether all that was given to the node is settled."""
        return not self._in_flight

    @property
    def size_bytes(self) -> int:
        """Bytes of what waits on disk."""
        return self.spool.stats().size_bytes

    @property
    def fill(self) -> tuple[int, int]:
        """KiB on disk, and how many may be."""
        stats = self.spool.stats()
        return stats.disk_bytes // 1024, max(1, stats.max_bytes // 1024)

    def put(self, messages: Messages, receipt: Receipt) -> None:
        """Append a batch; its receipt settles once it is on disk."""
        if self._lane is not None and self.messages and not self._lane.full:
            self._lane.put(messages, receipt)
            return
        records = self._packed(messages, receipt)
        if not records:
            receipt.settle()
            return
        if self.spool.full and self.limits.when_full != "block" and not self._made_room(records):
            self._station.drop("spool full, newest dropped", len(records))
            receipt.settle()
            return
        first = self.spool.append_nowait(records, self._clock.time_ns(), receipt.settle, beyond=True)
        if receipt.spans and first is not None:
            self._trace(first, below("backlog", self._station, receipt.spans, len(records)))
        self.messages += len(records)
        if self._station.orders:
            self._station.orders.kept(messages, self._station)
        if self.full:
            self._pressed.append(self)

    def put_back(self, messages: Messages, receipt: Receipt) -> None:
        """Return what was taken and not delivered; it comes again, before anything newer."""
        if isinstance(receipt, SpoolReceipt):
            self.spool.nack(receipt.positions)
            self.messages += len(messages)
            self._in_flight -= receipt.count
            self._settled.set()
        elif self._lane is not None:
            self._lane.put_back(messages, receipt)

    async def take(self, limit: int) -> Batch:
        """The oldest records as messages; waits for them, and while too many are not settled."""
        while True:
            if self._lane is not None and self._lane.messages:
                return await self._lane.take(limit)
            while self._in_flight >= IN_FLIGHT_MESSAGES:
                self._settled.clear()
                await self._settled.wait()
            batch = self.spool.read(await self._paced(limit), READ_BYTES)
            if batch is None:
                await self.spool.available()
                continue
            self.messages -= len(batch)
            self.position = max(self.position, batch.positions.stop)
            if self._pace is not None:
                self._pace.take(len(batch))
            batch = self._fresh(batch)
            messages = self._unpacked(batch.records)
            if messages:
                receipt = self._receipt(batch.positions, sum(map(len, batch.records)))
                if self._traced:
                    receipt.spans = self._traced_in(batch.positions)
                return messages, receipt
            self.spool.ack(batch.positions)

    def resume(self, position: int) -> bool:
        """Everything before `position` was done by an earlier run; false where the spool has not so much."""
        before = self.messages
        try:
            self.spool.ack(range(position))
        except ValueError:
            return False
        self.messages = self.spool.stats().records
        self._station.received -= before - self.messages
        self.position = position
        return True

    def _lost(self, count: int) -> None:
        self._station.drop("lost to damage of the disk", count)
        self.messages -= count
        self._station.node.context.log.error(
            "%s lost to damage of the disk", count_of(count, "message in its spool is", "messages in its spool are")
        )

    def purge(self) -> int:
        """Drop what waits and is not on its way; how many messages."""
        dropped = self.spool.purge()
        self._station.drop("purged", dropped)
        self.messages -= dropped
        return dropped

    def take_all(self) -> list[Batch]:
        """Nothing: what is on disk stays there, for when the node is durable again."""
        if self.messages:
            self._station.node.context.log.warning(
                "%s in its spool on disk", count_of(self.messages, "message stays", "messages stay")
            )
        return []

    async def room(self) -> None:
        """Return when producers need not wait."""
        await self.spool.room()

    def adopt(self, station: Station) -> None:
        """Stand before a restarted node, with its limits."""
        limits = station.spec.durable or self.limits
        self._station, self.limits = station, limits
        self._pace = Pace(limits.rate, limits.slower, self._clock.now_s()) if limits.rate else None

    async def close(self) -> None:
        """Sync everything and let the spool go."""
        lost = await self.spool.close()
        if lost:
            self._station.node.context.log.error("%s could not be made durable", count_of(lost, "message"))

    async def _paced(self, limit: int) -> int:
        """How many of `limit` may leave now; waits until one may."""
        while self._pace is not None:
            allowed = self._pace.allowance(self.messages, self._clock.now_s())
            if allowed:
                return min(limit, allowed)
            await asyncio.sleep(self._pace.wait_s(self.messages))
        return limit

    def _fresh(self, batch: Records) -> Records:
        """Without the records at its beginning that waited for too long."""
        if not self.limits.keep_s:
            return batch
        oldest_ns = self._clock.time_ns() - int(self.limits.keep_s * 1e9)
        old = next((place for place, at_ns in enumerate(batch.arrived_ns) if at_ns >= oldest_ns), len(batch))
        if not old:
            return batch
        self._station.drop("waited too long", old)
        self.spool.ack(batch.positions[:old])
        return Records(batch.first + old, batch.records[old:], batch.arrived_ns[old:])

    def _receipt(self, positions: range, size_bytes: int) -> SpoolReceipt:
        def on_settled() -> None:
            self._in_flight -= len(positions)
            self._settled.set()
            self.spool.ack(positions)

        self._in_flight += len(positions)
        return SpoolReceipt(positions, on_settled, size_bytes, self._clock.now_s())

    def _trace(self, first: int, spans: Spans) -> None:
        self._traced[first] = spans
        if len(self._traced) > MOST_TRACED:  # of a long backlog only what came last is followed
            del self._traced[next(iter(self._traced))]

    def _traced_in(self, positions: range) -> Spans:
        return tuple(span for first in [p for p in self._traced if p in positions] for span in self._traced.pop(first))

    def _packed(self, messages: Messages, receipt: Receipt) -> list[bytes]:
        try:
            return [pack(message) for message in messages]
        except (OverflowError, TypeError, ValueError, RecursionError):
            return [record for message in messages if (record := self._one(message, receipt)) is not None]

    def _one(self, message: Message, receipt: Receipt) -> bytes | None:
        try:
            return pack(message)
        except (OverflowError, TypeError, ValueError, RecursionError) as error:
            receipt.hold()
            fail(self._station, (message,), f"cannot be stored: {error}", receipt, self._clock.now_s())
            return None

    def _unpacked(self, records: Sequence[bytes]) -> list[Message]:
        try:
            return [unpack(record) for record in records]
        except DecodeError:
            if len(records) > 1:
                return [message for record in records for message in self._unpacked((record,))]
            self._station.drop("unreadable record")
            return []

    def _made_room(self, records: list[bytes]) -> bool:
        if self.limits.when_full == "drop_newest":
            return False
        dropped = self.spool.drop_oldest(sum(map(len, records)) + 64 * len(records))
        self._station.drop("spool full, oldest dropped", dropped)
        self.messages -= dropped
        return True


def comes_from_disk(station: Station, stations: Iterable[Station], beyond: frozenset[str] = frozenset()) -> bool:
    """Whether all that a node holds lies in a spool before it or further up, from where it comes again."""
    if station.inbox is not None and station.inbox.durable:
        return True
    before = [each for each in stations if any(w.target is station for wires in each.wires.values() for w in wires)]
    before = [each for each in before if each.name not in beyond]
    return bool(before) and all(
        not _makes_its_own(each.node) and comes_from_disk(each, stations, beyond | {station.name}) for each in before
    )


def _makes_its_own(node: Any) -> bool:
    """Whether what leaves a node is not what a spool would bring again."""
    return isinstance(node, Source) or (isinstance(node, Stateful) and node.durable_state and node.absorbs)
