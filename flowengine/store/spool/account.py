"""The books of an open spool: what is where, what fits, how it fares. Lives in the event loop; no files."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable

from flowengine.clock import Clock
from flowengine.store.spool.cursor import Mark, mark
from flowengine.store.spool.frame import Chunk
from flowengine.store.spool.interface import Stats
from flowengine.store.spool.mailbox import Append
from flowengine.store.spool.options import SpoolOptions
from flowengine.store.spool.positions import Positions
from flowengine.store.spool.rate import Rate
from flowengine.store.spool.recovery import Recovered
from flowengine.store.spool.segment import Segment
from flowengine.store.spool.shelf import Shelf

log = logging.getLogger(__name__)

Settle = Callable[[Mark, list[Segment]], None]


class Account:
    """Changed by the spool's calls and, as the writer's listener, by what became of them."""

    def __init__(self, recovered: Recovered, marked: Mark, options: SpoolOptions, clock: Clock):
        self.positions = Positions(marked.cursor, marked.ranges(), recovered.end)
        self.shelf = Shelf(recovered.segments, options.roll_bytes)
        self.next = self.positions.end
        self.pending_bytes = 0
        self.count = Counter(cut_bytes=recovered.cut_bytes)
        self.room = asyncio.Event()
        self.stopped_at_end: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.settle: Settle = lambda _mark, _doomed: None
        self.on_lost: Callable[[int], None] = lambda _count: None
        self.on_chunk: Callable[[Chunk], None] = lambda _chunk: None
        self._options, self._clock = options, clock
        self._rate = Rate(clock.now_s())
        self._arrivals: deque[tuple[int, int]] = deque()
        self._stalled = self._disk_full = False
        self._error = self._lasting_error = ""
        self.look_for_room()

    @property
    def full(self) -> bool:
        """Whether appends are refused."""
        pending = self.pending_bytes
        return (
            self._stalled
            or pending >= self._options.pending_bytes
            or self.shelf.live_bytes + pending >= self._options.max_bytes
        )

    def look_for_room(self) -> None:
        """Whoever waits for room learns whether there is."""
        if self.full:
            self.room.clear()
        else:
            self.room.set()

    def take_in(self, count: int, size_bytes: int) -> int:
        """The first position of records that were handed to the writer."""
        first = self.next
        self.next += count
        self.pending_bytes += size_bytes
        return first

    def delivered(self, chunk: Chunk) -> None:
        """Records are on their way; for the age of the oldest."""
        self.positions.deliver(chunk.first, chunk.end)
        if not self._arrivals or chunk.end > self._arrivals[-1][0]:
            self._arrivals.append((chunk.end, chunk.arrived_ns[0]))

    def acknowledge(self, start: int, end: int) -> None:
        """The range is done. Raises `ValueError` for positions that do not exist yet."""
        self.count["acked"] += self.positions.ack(start, end)
        self.tell_writer()

    def tell_writer(self, whole: bool = False) -> None:
        """The writer learns how far all is done and which segments may go; `whole` includes the last one."""
        cursor = self.positions.cursor
        while self._arrivals and self._arrivals[0][0] <= cursor:
            self._arrivals.popleft()
        state = mark(cursor, self.positions.done)
        doomed = self.shelf.doom(state, whole)
        self.settle(state, doomed)
        if doomed:
            self.look_for_room()

    # -- what the writer tells

    def committed(self, appends: list[Append], chunk: Chunk, segment: Segment) -> None:
        """The appends are durable: readers may have them, their owners hear of it."""
        self.shelf.grew(segment)
        self.positions.end = chunk.end
        size_bytes = sum(append.size_bytes for append in appends)
        self.pending_bytes -= size_bytes
        self.count["commits"] += 1
        self.count["appended"] += len(chunk.records)
        self._rate.add(size_bytes, self._clock.now_s())
        self.look_for_room()
        self.on_chunk(chunk)
        for append in appends:
            try:
                append.on_durable()
            except Exception:
                log.exception("an owner of spooled records failed")  # the others must hear of theirs

    def retired(self, removed: list[Segment], kept: list[Segment]) -> None:
        """Segments are gone."""
        self.shelf.retired(removed, kept)
        self.look_for_room()

    def failed(self, error: str, full: bool) -> None:
        """The disk refused. A full disk heals; after any other error the disk is not trusted until reopened."""
        if not full:
            self._lasting_error = error
        if error != self._error:
            log.warning("spool: %s", error)
        self._error = error
        self._stalled, self._disk_full = True, full
        self.look_for_room()

    def reading_failed(self, error: str) -> None:
        """The disk did not give what was asked; nothing is lost yet, it is asked again."""
        self._lasting_error = error
        log.warning("spool: %s", error)

    def recovered(self) -> None:
        """Writing works again."""
        self._stalled = self._disk_full = False
        self._error = ""
        self.look_for_room()

    def stopped(self, error: str, left: int) -> None:
        """The writer is at its end."""
        if error:
            self.failed(error, full=False)
        if not self.stopped_at_end.done():
            self.stopped_at_end.set_result(left)

    def stats(self, ahead_ns: int, quarantined: int) -> Stats:
        """The present moment."""
        waiting, on_disk = self.positions.waiting, max(1, self.shelf.records)
        error = self._error or self._lasting_error
        oldest_ns = self._arrivals[0][1] if self._arrivals else ahead_ns
        return Stats(
            records=waiting,
            in_flight=self.positions.in_flight,
            size_bytes=min(self.shelf.disk_bytes, self.shelf.disk_bytes * waiting // on_disk),
            disk_bytes=self.shelf.disk_bytes,
            max_bytes=self._options.max_bytes,
            pending_bytes=self.pending_bytes,
            oldest_ns=oldest_ns if waiting else 0,
            quarantined=quarantined,
            write_bytes_s=self._rate.per_s(self._clock.now_s()),
            healthy=not error,
            disk_full=self._disk_full,
            last_error=error,
            **{name: self.count[name] for name in COUNTED},
        )


COUNTED = ("appended", "acked", "dropped", "gaps", "lost", "cut_bytes", "commits")
