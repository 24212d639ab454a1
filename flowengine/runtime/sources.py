"""Runs sources: hands their batches into the flow, bounds what is unsettled, starts them again."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Iterable, Sequence

import msgspec

from flowengine.clock import Clock
from flowengine.errors import Unavailable
from flowengine.message import Message, Messages, beside
from flowengine.parts import room_us
from flowengine.runtime.backoff import backoff_s
from flowengine.runtime.pressure import Pressure, wait_for_room
from flowengine.runtime.reasons import label_of
from flowengine.runtime.receipt import Receipt
from flowengine.runtime.route import leave, reason_of, refuse
from flowengine.runtime.station import Station
from flowengine.telling import Telling

IN_FLIGHT_MESSAGES = 20_000
IN_FLIGHT_BYTES = 64 * 2**20
TURN_BATCHES, TURN_BYTES = 32, 256 * 1024
"""So many batches, or bytes in them, a source may send before the others get their turn."""

_stamp = msgspec.structs.force_setattr


class SourceOutlet:
    """The `emit` of one source: at most so many messages and bytes are unsettled at a time."""

    def __init__(
        self,
        station: Station,
        clock: Clock,
        pressure: Pressure,
        next_id: Callable[[], int],
        traced: Callable[[Station, Receipt], Receipt] | None = None,
    ):
        self.station = station
        self._traced = traced
        self.clock = clock
        self._pressure = pressure
        self._next_id = next_id
        self.leaves_room = False
        """Whether a node of the flow makes several messages of one, whose times must lie before the next arrival."""

        self.moved: Callable[[int], None] | None = None
        """Is told how many messages came, or (below 0) were settled."""

        self.unsettled = 0
        self.unsettled_bytes = 0
        self._room = asyncio.Event()
        self._turn = self._turn_bytes = 0
        self._serial = itertools.count()
        self._open: dict[int, Receipt] = {}

    async def __call__(
        self,
        messages: Message | Messages,
        ack: Callable[[], None] | None = None,
        size_bytes: int = 0,
        port: str = "out",
        rejected: Sequence[tuple[Message, str]] = (),
    ) -> None:
        batch: Messages = (messages,) if isinstance(messages, Message) else messages
        if batch or rejected:
            if filled := self._pressure.filled_by(self._enter, batch, ack, size_bytes, port, rejected):
                await wait_for_room(filled)
            if self.station.later is not None and self.station.later.waiting:
                await self.station.later.done()
        elif ack is not None:
            ack()
        while self.unsettled > IN_FLIGHT_MESSAGES or self.unsettled_bytes > IN_FLIGHT_BYTES:
            self._room.clear()
            await self._room.wait()
        self._turn += 1
        self._turn_bytes += size_bytes
        if self._turn >= TURN_BATCHES or self._turn_bytes >= TURN_BYTES:
            self._turn = self._turn_bytes = 0
            await asyncio.sleep(0)

    def oldest_s(self, now_s: float) -> float:
        """Age of the oldest batch that is not settled; 0 when all is."""
        first = next(iter(self._open.values()), None)
        return now_s - first.born_s if first is not None else 0.0

    async def settled(self) -> None:
        """Return when nothing is unsettled."""
        while self.unsettled:
            self._room.clear()
            await self._room.wait()

    def _enter(
        self,
        batch: Messages,
        ack: Callable[[], None] | None,
        size_bytes: int,
        port: str,
        rejected: Sequence[tuple[Message, str]],
    ) -> None:
        self._complete(batch)
        now_s = self.clock.now_s()
        receipt = self._receipt(len(batch) + len(rejected), ack, size_bytes, now_s)
        if self._traced is not None:
            receipt = self._traced(self.station, receipt)
        self.station.received += len(batch) + len(rejected)
        self.station.passed += len(batch)
        if rejected:
            self._complete([message for message, _ in rejected])
            refuse(self.station, rejected, receipt, now_s)
        leave(self.station, port, batch, receipt, now_s)

    def _receipt(self, count: int, ack: Callable[[], None] | None, size_bytes: int, now_s: float) -> Receipt:
        serial = next(self._serial)

        def on_settled() -> None:
            del self._open[serial]
            self.unsettled -= count
            self.unsettled_bytes -= size_bytes
            self._room.set()
            if ack is not None:
                ack()
            if self.moved is not None:
                self.moved(-count)

        receipt = Receipt(on_settled, count, size_bytes, now_s)
        self._open[serial] = receipt
        self.unsettled += count
        self.unsettled_bytes += size_bytes
        if self.moved is not None:
            self.moved(count)
        return receipt

    def _complete(self, batch: Messages) -> None:
        # Nobody else has seen these messages yet, so filling them in place is safe and saves a copy.
        if self.leaves_room:
            for message in batch:
                self._fill(message, self.station.arrivals.with_room(room_us(message.payload)))
        elif batch and not (batch[0].id and batch[0].arrived_ns):
            for message, arrived_ns in zip(batch, self.station.arrivals.take(len(batch)), strict=True):
                self._fill(message, message.arrived_ns or arrived_ns)

    def _fill(self, message: Message, arrived_ns: int) -> None:
        if not message.id:
            _stamp(message, "id", self._next_id())
        if message.has_own_time:
            arrived_ns = beside(message.time_ns, arrived_ns)
        else:
            _stamp(message, "time_ns", arrived_ns)
        _stamp(message, "arrived_ns", arrived_ns)


def leave_room(outlets: Iterable[SourceOutlet], stations: Iterable[Station]) -> None:
    """Tell the sources of a flow whether one of its nodes makes several messages of one."""
    divided = any(station.node.divides for station in stations)
    for outlet in outlets:
        outlet.leaves_room = divided


async def run_source(station: Station, outlet: SourceOutlet, rng: random.Random) -> None:
    """Run a source until it ends or is cancelled; start it again after any failure."""
    attempt, telling = 0, Telling()
    while True:
        station.state, station.reason = "running", ""
        before = station.received
        try:
            await station.node.run(outlet)
            station.state = "ended"
            return
        except Unavailable as away:
            said, reason, retry_after_s = "away, trying again", str(away), away.retry_after_s
        except Exception as error:
            said, reason, retry_after_s = "failed, starting again", reason_of(error), None
            station.node.context.log.debug("%s: %s", said, reason, exc_info=error)
        if station.received > before:
            attempt, telling = -1, Telling()  # it was there: that it is gone is news
        attempt += 1
        station.state, station.reason = "retrying", reason
        station.counted["restarts"] += 1
        if telling.is_due(label_of(reason), outlet.clock.now_s()):
            station.node.context.log.warning("%s: %s", said, reason)
        await asyncio.sleep(retry_after_s if retry_after_s is not None else backoff_s(attempt, rng))
