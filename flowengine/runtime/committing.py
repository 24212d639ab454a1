"""A node that keeps state behind a spool: position, state and output go to disk together, and only then out.

What the node gives out waits here until it stands in a checkpoint beside the state that it came with and the
position up to which that state has seen the spool. So a kill finds either the node before a message or the node
after it with all that came of it; nothing is counted twice and nothing is left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from flowengine.clock import Clock
from flowengine.message import Message
from flowengine.runtime.outbox import Outbox, Output
from flowengine.runtime.pressure import Pressure, wait_for_room
from flowengine.runtime.receipt import Receipt
from flowengine.runtime.spooled import SpoolInbox
from flowengine.runtime.state import Saved
from flowengine.runtime.station import Queue, Station
from flowengine.store.checkpoints import Checkpoint
from flowengine.store.port import Checkpoints

QUIET_S = 1.0
"""Between commits while nothing is given out, as for other state."""

MANY_INPUTS = 5_000
"""So many messages that only changed the state are committed without waiting for that."""

SHARE = 9
"""Under load a commit is followed by so many times what it took: at most a tenth of the time goes into commits."""

RETRY_S = 1.0


async def opened(
    station: Station, old: Station | None, file: Checkpoints, clock: Clock, pressure: Pressure
) -> Committing | None:
    """What commits for a station: that of the one it replaces, else a new one with what the last run left.

    None while something that an earlier node gave out is under way: it would stand in no checkpoint.
    """
    inbox = station.inbox
    assert isinstance(inbox, SpoolInbox)
    if old is not None and old.inbox is inbox:
        if old.committing is not None or not inbox.idle:
            before: Committing | None = old.committing
            return before
        return Committing(station, inbox, file, clock, pressure)
    made = Committing(station, inbox, file, clock, pressure)
    if old is None:
        await made.load()
    return made


class Stillness:
    """While the state of a node is taken down it must not change; `held` says whether that is so now."""

    def __init__(self) -> None:
        self._over = asyncio.Event()
        self._over.set()

    @property
    def held(self) -> bool:
        """Whether the node must be given nothing."""
        return not self._over.is_set()

    async def over(self) -> None:
        """Return when the node may be given something; the caller does so at once."""
        while self.held:
            await self._over.wait()

    async def state_of(self, node: Any, now_s: float) -> Any:
        """The node's state at this moment, taken down step by step."""
        steps = node.snapshot_in_steps(now_s)
        self._over.clear()
        try:
            while True:
                try:
                    next(steps)
                except StopIteration as end:
                    return end.value
                await asyncio.sleep(0)
        finally:
            self._over.set()


class Committing:
    """Gathers what one station gives out, commits it with state and position, sends it on.

    `station` may be exchanged for the one that replaces it.
    """

    def __init__(self, station: Station, inbox: SpoolInbox, file: Checkpoints, clock: Clock, pressure: Pressure):
        self.station = station
        self._inbox, self._file, self._clock, self._pressure = inbox, file, clock, pressure
        self._outputs: list[Output] = []
        self._receipts: list[Receipt] = []
        self._news, self._urgent = asyncio.Event(), asyncio.Event()
        self._outbox = Outbox(self._news.set)  # the next checkpoint need not name what is delivered any more
        self._writing = asyncio.Lock()
        self.still = Stillness()
        self.position = inbox.position
        """All before it was given to the node."""
        self._ended_s, self._took_s = clock.now_s() - QUIET_S, 0.0
        self._before: Checkpoint | None = None

    async def load(self) -> None:
        """Read what the last run committed; the spool then gives what came after it."""
        self._before = await asyncio.to_thread(self._file.load)
        if self._before is not None and not self._inbox.resume(self._before.position):
            # Somebody has put another spool there; its positions begin anew.
            await asyncio.to_thread(self._file.forget)
        self.position = self._inbox.position

    def take_saved(self) -> Saved | None:
        """The state that the last run committed, once; what it gave out with it and may not have delivered goes out."""
        before, self._before = self._before, None
        if before is None:
            return None
        outputs = [(port, list(messages)) for port, messages in before.outputs]
        self._outbox.restore(outputs, before.serials, before.next_serial)
        if outputs:
            self._news.set()
            self._urgent.set()
        return Saved(before.type, before.version, before.state, before.seen)

    @property
    def pending(self) -> bool:
        """Whether something waits for a commit."""
        return bool(self._outputs or self._receipts or self._outbox.waiting)

    async def ready(self, position: int) -> None:
        """Return when the node may be given what lies before `position`; the caller does so at once."""
        await self.still.over()
        self.position = max(self.position, position)

    def gather(self, out: Sequence[Message] | Mapping[str, Sequence[Message]], receipt: Receipt) -> None:
        """Take over what the node gave out, and the holding of what it is done with."""
        ports = out.items() if isinstance(out, Mapping) else (("out", out),)
        self._outputs += [(port, messages) for port, messages in ports if messages]
        self._receipts.append(receipt)
        self._ask_for_commit()

    def release(self, now_s: float) -> None:
        """The node goes, or needs no commits any more: what waited leaves by the wires that it still has."""
        outputs, receipts = self._outputs, self._receipts
        self._outputs, self._receipts = [], []
        self._outbox.send(self.station, outputs, now_s)
        for receipt in receipts:
            receipt.settle()
        self._file.forget()

    async def run(self) -> None:
        """Commit whenever it is due, until cancelled."""
        while True:
            await self._news.wait()
            await self._due()
            try:
                filled = await self.commit()
            except OSError as fault:
                self.station.node.context.log.error("its state cannot be written, input waits: %s", fault)
                await asyncio.sleep(RETRY_S)
                continue
            await wait_for_room(filled)

    async def commit(self) -> list[Queue]:
        """Put all that was gathered to disk, then let go of it; the queues that this filled. Raises `OSError`."""
        async with self._writing:
            self._news.clear()
            outputs, receipts = self._outputs, self._receipts
            started_s = self._clock.now_s()
            self._outputs, self._receipts = [], []
            try:
                await self._write(outputs, started_s)
            except BaseException:
                # Whether it stands or not, the next one holds the same and more.
                self._outputs, self._receipts = outputs + self._outputs, receipts + self._receipts
                self._ask_for_commit()
                raise
            self._ended_s = self._clock.now_s()
            self._took_s = self._ended_s - started_s
            for receipt in receipts:
                receipt.settle()
            return self._pressure.filled_by(self._outbox.send, self.station, outputs, self._ended_s)

    async def close(self) -> None:
        """A last commit; what was given out and not sent yet goes out at the next start."""
        try:
            await self._write(self._outputs, self._clock.now_s())
        except OSError as fault:
            self.station.node.context.log.error("its state could not be written, it is that of before: %s", fault)
            return
        receipts, self._receipts, self._outputs = self._receipts, [], []
        for receipt in receipts:
            receipt.settle()

    async def _write(self, outputs: Sequence[Output], now_s: float) -> None:
        """Commit; when cancelled, not before the write has ended, lest it overtakes the next one."""
        checkpoint = await self._checkpoint(outputs, now_s)
        writing = asyncio.ensure_future(asyncio.to_thread(self._file.commit, checkpoint))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait((writing,))
            if not writing.cancelled():
                writing.exception()  # whether it stands or not, nobody waits for it any more
            raise

    async def _checkpoint(self, outputs: Sequence[Output], now_s: float) -> Checkpoint:
        station, position = self.station, self.position
        seen = station.seen.snapshot(now_s, unsettled=True) if station.seen is not None else {}
        standing, serials, following = self._outbox.standing(outputs)
        state = await self.still.state_of(station.node, now_s)
        return Checkpoint(
            station.spec.type, station.node.state_version, position, state, seen, standing,
            serials=serials, next_serial=following,
        )  # fmt: skip

    def _ask_for_commit(self) -> None:
        self._news.set()
        if self._outputs or len(self._receipts) >= MANY_INPUTS:
            self._urgent.set()

    async def _due(self) -> None:
        """Return when the next commit may begin."""
        while True:
            urgent = (
                bool(self._outputs)
                or self._outbox.waiting
                or sum(receipt.count for receipt in self._receipts) >= MANY_INPUTS
            )
            wait_s = self._ended_s + (SHARE * self._took_s if urgent else QUIET_S) - self._clock.now_s()
            if wait_s <= 0:
                return
            self._urgent.clear()
            try:
                async with asyncio.timeout(wait_s):
                    await self._urgent.wait()
            except TimeoutError:
                pass
