"""Reading a wire: one partition of a stream as a `Log` of records with positions, from where its last owner stopped.

A position counts the records of the partition in the order of the stream, which every reader sees alike. Frames are
given whole, and only whole ones are let go of, so that a replay has the batches of the first run. A frame that is
missing or damaged in the replica that answered is asked of the leader.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from flowengine.ending import end
from flowengine.store.jetstream import frames
from flowengine.store.jetstream.client import Found, JetStream
from flowengine.store.jetstream.frames import Head
from flowengine.store.jetstream.units import Cursor, Unit
from flowengine.store.port import Away
from flowengine.store.spool.frame import Chunk
from flowengine.store.spool.interface import Batch, Stats
from flowengine.store.spool.positions import Positions
from flowengine.store.spool.ranges import Ranges

log = logging.getLogger("flowengine.store")
BATCH, BATCH_BYTES = 64, 2 * 2**20
AHEAD_BYTES = 16 * 2**20
SHORTEST_S, LONGEST_S = 0.02, 0.1
"""Between looks at an empty wire."""

WRITE_EVERY_S, PURGE_EVERY_S, RETRY_S = 0.5, 10.0, 0.2
ASKED = 25
"""So often the leader is asked for a frame that is missing before it is given up."""


@dataclass(slots=True)
class Frame:
    """One that is not let go of yet."""

    subject: str
    sequence: int
    number: int
    chunk: Chunk


class WireLog:
    """A `Log` that others append to."""

    def __init__(self, jetstream: JetStream, stream: str, subjects: str, unit: Unit, wire: str, max_bytes: int):
        self._jetstream, self._stream, self._subjects = jetstream, stream, subjects
        self._unit, self._wire, self._max_bytes = unit, wire, max_bytes
        cursor = unit.cursor(wire)
        self._cursor = cursor
        self._numbers, self._asked = dict(cursor.numbers), 0
        self._sequence, self._end = cursor.sequence, cursor.position
        self._started, self._read_to = cursor.sequence, dict[str, int]()
        self._positions = Positions(cursor.position, Ranges(), cursor.position)
        self._frames: deque[Frame] = deque()
        self._held_bytes = self._pending = self._lost = self._appended = 0
        self._done: dict[str, int] = {}
        self._news, self._room = asyncio.Event(), asyncio.Event()
        self.on_lost: Callable[[int], None] = lambda _count: None
        self.on_arrived: Callable[[int], None] = lambda _count: None
        self.fault = ""
        unit.cursors[wire] = lambda: self._cursor
        self._tasks = [asyncio.create_task(self._watched(work)) for work in (self._fetch, self._keep)]

    full = False

    def append_nowait(
        self, records: Sequence[bytes], arrived_ns: int, on_durable: Callable[[], object], beyond: bool = False
    ) -> int | None:
        """Nothing: what comes along a wire is sent by another unit."""
        raise NotImplementedError("a wire of the cluster is written by its senders")

    async def append(self, records: Sequence[bytes], arrived_ns: int) -> int | None:
        """Nothing, as `append_nowait`."""
        raise NotImplementedError("a wire of the cluster is written by its senders")

    async def room(self) -> None:
        """At once."""

    def read(self, max_records: int, max_bytes: int) -> Batch | None:
        """The oldest frame not yet delivered, what was returned first; None when there is none in RAM."""
        wanted = self._positions.wanted()
        if wanted is None:
            return None
        start, end = wanted
        frame = next((each for each in self._frames if each.chunk.first <= start < each.chunk.end), None)
        if frame is None:
            return None
        chunk = frame.chunk
        stop = min(end, chunk.end, start + max_records)
        self._positions.deliver(start, stop)
        here = slice(start - chunk.first, stop - chunk.first)
        return Batch(start, chunk.records[here], chunk.arrived_ns[here])

    async def available(self) -> None:
        """Return when `read` has something to give."""
        while self._positions.wanted() is None or not self._frames:
            self._news.clear()
            await self._news.wait()

    def ack(self, positions: range) -> None:
        """These are done, also where they are not read yet: an earlier owner did them."""
        if positions.stop > self._positions.end:
            self._positions.end = positions.stop
        self._positions.ack(positions.start, positions.stop)
        self._let_go()

    def nack(self, positions: range) -> None:
        """These come again, in order, before anything new."""
        self._positions.nack(positions.start, positions.stop)
        self._news.set()

    def drop_oldest(self, size_bytes: int) -> int:
        """Nothing: a full wire makes its senders wait."""
        return 0

    def purge(self) -> int:
        """Drop all that was read and is not in flight; how many records."""
        dropped = self._positions.skip(self._positions.cursor, self._positions.end)
        self._let_go()
        return dropped

    async def peek(self, n: int, start: int = 0) -> list[Batch]:
        """At most `n` records that wait, from position `start` on, without delivering them."""
        found: list[Batch] = []
        for frame in list(self._frames):
            first = max(frame.chunk.first, start)
            if n <= 0 or first >= frame.chunk.end:
                continue
            here = slice(first - frame.chunk.first, min(frame.chunk.end, first + n) - frame.chunk.first)
            found.append(Batch(first, frame.chunk.records[here], frame.chunk.arrived_ns[here]))
            n -= len(found[-1])
        return found

    def stats(self) -> Stats:
        """The present moment; what stands on the servers and was not read yet is not counted in `records`."""
        waiting = max(0, self._end - self._positions.cursor)
        return Stats(
            records=waiting, in_flight=self._positions.in_flight, size_bytes=self._held_bytes, lost=self._lost,
            max_bytes=self._max_bytes, appended=self._appended, healthy=not self.fault, last_error=self.fault,
            oldest_ns=self._frames[0].chunk.arrived_ns[0] if self._frames else 0,
        )  # fmt: skip

    @property
    def lag(self) -> int:
        """About how many records wait, those on the servers included."""
        frames_read = max(1, sum(self._numbers.values()))
        return self.stats().records + self._pending * max(1, self._end // frames_read)

    @property
    def position(self) -> int:
        """Everything before it is done."""
        return self._positions.cursor

    async def close(self) -> int:
        """The position is written, the wire let go of."""
        await end(*self._tasks, again_s=RETRY_S)
        try:
            await self._unit.write()
        except Away as away:
            log.debug("%s: %s", self._wire, away)
        self._unit.cursors.pop(self._wire, None)
        return 0

    async def _watched(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """A fault of ours is told, and the work begun again."""
        while True:
            try:
                return await work()
            except Exception as fault:
                self.fault = str(fault)
                log.exception("%s: the wire fails and is begun again", self._wire)
            await asyncio.sleep(RETRY_S)

    async def _fetch(self) -> None:
        pause_s = SHORTEST_S
        while True:
            while self._held_bytes >= AHEAD_BYTES:
                self._room.clear()
                await self._room.wait()
            try:
                found = await self._jetstream.read(self._stream, self._subjects, self._sequence, BATCH, BATCH_BYTES)
                for each in found:
                    if not await self._take(each):
                        break
                self.fault = ""
            except Away as away:
                self.fault, found = str(away), []
            self._pending = found[-1].pending if found else 0
            pause_s = SHORTEST_S if found else min(LONGEST_S, pause_s * 1.5)
            if not found or not self._pending:
                await asyncio.sleep(pause_s)

    async def _take(self, found: Found) -> bool:
        """Put a frame behind the others; false where another stood before it. Raises `Away` for one that is missing."""
        read, right = frames.unpack(found.data), self._numbers.get(found.subject, 0) + 1
        if read is None or read[0].number > right:
            of_leader = await self._of_leader(found.subject)
            other = frames.unpack(of_leader.data) if of_leader is not None else None
            if of_leader is None or other is None or other[0].number > right:
                self._asked += 1
                if self._asked < ASKED:
                    raise Away(f"a frame of {found.subject} is missing or damaged on the servers")
                self._give_up(found)
            elif of_leader.sequence != found.sequence:
                self._put(of_leader, *other)
                return False
            else:
                read = other
        self._asked = 0
        self._sequence = found.sequence + 1
        if read is not None and read[0].number >= right:
            self._put(found, *read)
        return True

    def _put(self, found: Found, head: Head, chunk: Chunk) -> None:
        self._numbers[found.subject] = head.number
        self._read_to[found.subject] = found.sequence
        chunk.first, self._end = self._end, self._end + len(chunk.records)
        self._frames.append(Frame(found.subject, found.sequence, head.number, chunk))
        self._held_bytes += chunk.size_bytes
        self._positions.end = max(self._positions.end, self._end)
        fresh = chunk.end - max(chunk.first, self._positions.cursor)
        if fresh > 0:
            self._appended += fresh
            self.on_arrived(fresh)
        self._let_go()
        self._news.set()

    async def _of_leader(self, subject: str) -> Found | None:
        """The subject's first frame that was not read, as the leader knows it."""
        start = self._read_to.get(subject, self._started - 1) + 1
        return await self._jetstream.at(self._stream, subject, start)

    def _give_up(self, found: Found) -> None:
        """No replica that answers has it: say so, and go on."""
        self._lost += 1
        log.error("%s: a frame before sequence %d is lost to damage on the servers", found.subject, found.sequence)
        self.on_lost(0)

    def _let_go(self) -> None:
        """Whole frames that are done are behind us."""
        while self._frames and self._frames[0].chunk.end <= self._positions.cursor:
            frame = self._frames.popleft()
            self._held_bytes -= frame.chunk.size_bytes
            self._done[frame.subject] = frame.sequence
            numbers = {**self._cursor.numbers, frame.subject: frame.number}
            self._cursor = Cursor(frame.chunk.end, max(self._cursor.sequence, frame.sequence + 1), numbers)
        if self._held_bytes < AHEAD_BYTES:
            self._room.set()

    async def _keep(self) -> None:
        """Write where we are, and have the servers forget what is done; of each subject its last frame stays."""
        written, purged_s, loop = self._cursor, 0.0, asyncio.get_running_loop()
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            if self._cursor is written:
                continue
            cursor, done = self._cursor, dict(self._done)
            try:
                await self._unit.write()
                written = cursor
                if loop.time() - purged_s > PURGE_EVERY_S:
                    purged_s = loop.time()
                    for subject, sequence in done.items():
                        await self._jetstream.purge(self._stream, subject, sequence)
            except Away as away:
                self.fault = str(away)
                if self._unit.lost:
                    return
