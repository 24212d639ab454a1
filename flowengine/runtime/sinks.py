"""Runs what stands behind a queue: sinks with retries, and nodes for which a flow asked a queue."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any

from flowengine.clock import Clock
from flowengine.ending import end
from flowengine.errors import Rejected, Unavailable
from flowengine.flow.model import ERROR
from flowengine.message import Message, Messages
from flowengine.node import Router, Stateful, Transform
from flowengine.runtime.backoff import backoff_s
from flowengine.runtime.pieces import share
from flowengine.runtime.pressure import Pressure, wait_for_room
from flowengine.runtime.reasons import label_of
from flowengine.runtime.receipt import Receipt
from flowengine.runtime.route import fail, reason_of, send, unseen
from flowengine.runtime.station import Queue, Station
from flowengine.runtime.tracing import Writing, finish
from flowengine.telling import Telling

OPEN_S, CLOSE_S = 2.0, 10.0
NOWHERE_POLL_S = 0.2


class SinkRunner:
    """Writes the batches of one sink, one at a time, so that order is kept."""

    def __init__(self, station: Station, clock: Clock, pressure: Pressure, rng: random.Random):
        self.station = station
        self._clock = clock
        self._pressure = pressure
        self._rng = rng
        self._opened = False
        self._telling = Telling()
        self._filled: list[Queue] = []
        assert station.inbox is not None
        self._queue: Queue = station.inbox

    async def run(self) -> None:
        """Open, write until cancelled, close. A cancelled batch goes back into the queue, unsettled."""
        try:
            await self._open()
            while True:
                messages, receipt = await self._queue.take(self.station.node.merge)
                if receipt.spans:
                    finish(receipt.spans)
                self.station.in_write = len(messages)
                try:
                    await self._deliver(messages, receipt)
                except asyncio.CancelledError:
                    self._return(messages, receipt)
                    raise
                finally:
                    self.station.in_write = 0
                    self._tried()
                if self._filled:
                    filled, self._filled = self._filled, []
                    await wait_for_room(filled, own=self._queue)
                if self._queue.messages:
                    await asyncio.sleep(0)  # a sink that never waits must not keep the others from their turn
        finally:
            await self._close()

    def _return(self, messages: Messages, receipt: Receipt) -> None:
        if self.station.in_write:
            # Parts of a split batch may have been delivered; they will be once more.
            self.station.received += len(messages) - self.station.in_write
            self._queue.put_back(messages, receipt)

    async def _open(self) -> None:
        attempt = 0
        while not self._opened:
            try:
                await self._open_whole()
                self._is("running")
            except Unavailable as away:
                await self._wait(away, attempt)
            except Exception as error:
                self.station.node.context.log.debug("could not open", exc_info=error)
                await self._wait(Unavailable(f"could not open: {reason_of(error)}"), attempt)
            attempt += 1

    async def _open_whole(self) -> None:
        """Open the node; where that is cancelled it still ends, so that what a thread was making is closed, too."""
        opening = asyncio.create_task(self.station.node.open(), name=f"{self.station.name} opens")
        try:
            await asyncio.shield(opening)
            self._opened = True
        except asyncio.CancelledError:
            await asyncio.wait([opening], timeout=OPEN_S)
            await end(opening)
            self._opened = not opening.cancelled() and opening.exception() is None
            raise

    async def _close(self) -> None:
        if self._opened:
            self._opened = False
            try:
                async with asyncio.timeout(CLOSE_S):
                    await self.station.node.close()
            except Exception as error:
                self.station.node.context.log.warning("did not close cleanly: %s", reason_of(error))

    async def _deliver(self, messages: Messages, receipt: Receipt) -> None:
        attempt = 0
        while True:
            started = self.station.stopwatch()
            self.station.write_since_s = self._clock.now_s()
            try:
                if receipt.spans:
                    with Writing(self.station, receipt, len(messages)):
                        out = await self.station.node.write(messages)
                else:
                    out = await self.station.node.write(messages)
            except Unavailable as away:
                await self._wait(away, attempt)
                attempt += 1
                continue
            except Rejected as rejected:
                await self._reject(messages, rejected, receipt)
                return
            except Exception as error:
                # A fault of ours, or of one message that nobody foresaw: the others are written without it.
                await self._reject(messages, Rejected(reason_of(error)), receipt)
                return
            finally:
                self.station.write_since_s = None
            self.station.busy_s += self.station.stopwatch() - started
            self._is("running")
            self._done(len(messages))
            self._send(out or (), receipt)
            return

    async def _reject(self, messages: Messages, rejected: Rejected, receipt: Receipt) -> None:
        """Split out the bad rows: by the sink's word, else by halves."""
        if rejected.rows is not None:
            good = len(messages) - len(rejected.rows)
            self._done(good)
            receipt.hold(len(rejected.rows))
            for index, reason in rejected.rows.items():
                self._failed((messages[index],), reason, receipt)
            self._send(rejected.answers, receipt)
        elif len(messages) == 1:
            self._failed(messages, str(rejected), receipt)
        else:
            middle = len(messages) // 2
            receipt.hold(1)
            try:
                await self._deliver(messages[:middle], receipt)
            except asyncio.CancelledError:
                receipt.settle()  # the caller puts the whole batch back under its own holding
                raise
            await self._deliver(messages[middle:], receipt)

    def _failed(self, messages: Messages, reason: str, receipt: Receipt) -> None:
        self.station.in_write -= len(messages)
        self._filled += self._pressure.filled_by(fail, self.station, messages, reason, receipt, self._clock.now_s())

    def _send(self, out: Sequence[Message] | Mapping[str, Sequence[Message]], receipt: Receipt) -> None:
        self._filled += self._pressure.filled_by(send, self.station, out, receipt, self._clock.now_s())

    def _done(self, count: int) -> None:
        self.station.passed += count
        self.station.in_write -= count

    def _is(self, state: str, reason: str = "") -> None:
        self.station.state, self.station.reason = state, reason

    def _tried(self) -> None:
        if self.station.orders:
            self.station.orders.tried(self.station)

    async def _wait(self, away: Unavailable, attempt: int) -> None:
        station = self.station
        station.counted["retries"] += 1
        if station.state != "retrying":
            self._telling = Telling()  # it was there: that it is gone is news
        if self._telling.is_due(label_of(str(away)), self._clock.now_s()):
            station.node.context.log.warning("away, keeping messages: %s", away)
        self._is("retrying", str(away))
        self._tried()
        delay_s = away.retry_after_s if away.retry_after_s is not None else backoff_s(attempt, self._rng)
        await asyncio.sleep(delay_s)


async def run_queued(station: Station, clock: Clock, pressure: Pressure) -> None:
    """Carry batches from a station's queue through its node, until cancelled."""
    queue: Any = station.inbox
    station.state = "running"
    while True:
        while leads_nowhere(station):  # noqa: ASYNC110 - a deploy may change that; rare enough to look now and then
            await asyncio.sleep(NOWHERE_POLL_S)
        messages, receipt = await queue.take(1000)
        if station.later is not None and station.later.is_due:
            station.put_off += len(messages)
            try:
                await station.later.turn()
            except asyncio.CancelledError:
                queue.put_back(messages, receipt)
                raise
            finally:
                station.put_off -= len(messages)
        if leads_nowhere(station):
            queue.put_back(messages, receipt)
            continue
        finish(receipt.spans)
        if station.committing is not None:
            try:
                await station.committing.ready(receipt.positions.stop)
            except asyncio.CancelledError:
                queue.put_back(messages, receipt)
                raise
        if station.committing is not None and station.seen is not None:
            # Behind the spool, so that the keys seen are committed with the position that they are of.
            messages, receipt = unseen(station, messages, receipt, clock.now_s())
            if not messages:
                receipt.settle()
                continue
        if filled := pressure.filled_by(share, station, messages, receipt, clock.now_s(), receipt.spans):
            await wait_for_room(filled, own=queue)
        if queue.messages:
            await asyncio.sleep(0)  # a node that never waits must not keep the others from their turn


def leads_nowhere(station: Station) -> bool:
    """Whether a spool stands before a node that can only pass messages on, and nothing is wired to it.

    What is on disk was acknowledged, so it stays there: to carry it through would be to lose it.
    """
    if station.spec.durable is None or any(port != ERROR for port in station.wires):
        return False
    node = station.node
    keeps = isinstance(node, Stateful) and (node.durable_state or node.absorbs) and not node.holds
    return isinstance(node, Transform | Router | Stateful) and not keeps
