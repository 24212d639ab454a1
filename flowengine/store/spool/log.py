"""The spool as an append-only log of segments: the door that nodes and runtime use.

State lives in the event loop alone; the writer thread is told by its mailbox and answers by calls into the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from flowengine.clock import Clock, SystemClock
from flowengine.store.spool.account import Account
from flowengine.store.spool.disk import Disk
from flowengine.store.spool.frame import MAX_BODY_BYTES, RECORD_OVERHEAD_BYTES
from flowengine.store.spool.interface import Batch, SpoolError, Stats
from flowengine.store.spool.loading import Loader, part
from flowengine.store.spool.mailbox import Append
from flowengine.store.spool.opening import Opened, open_folder
from flowengine.store.spool.options import SpoolOptions
from flowengine.store.spool.reading import LOAD_BYTES, Reading
from flowengine.store.spool.writer import Writer


async def open_spool(
    folder: Path, options: SpoolOptions | None = None, clock: Clock | None = None, disk: Disk | None = None
) -> SegmentSpool:
    """The spool in `folder`, with what earlier runs left there.

    Raises `SpoolInUse` while someone else has it, `UnknownFormat` for one of a later version, `OSError`.
    """
    opened = await asyncio.to_thread(open_folder, disk or Disk(), folder)
    return SegmentSpool(opened, options or SpoolOptions(), clock or SystemClock())


class SegmentSpool:
    """A `Spool` in one folder; its methods are described there."""

    def __init__(self, opened: Opened, options: SpoolOptions, clock: Clock):
        self._opened = opened
        self._loop = asyncio.get_running_loop()
        self._account = account = Account(opened.recovered, opened.mark, options, clock)
        loader = Loader(opened.disk, opened.folder, opened.quarantine)
        self._reading = Reading(loader, account, options.ahead_bytes, opened.quarantined)
        ordinal = max((segment.ordinal for segment in opened.recovered.segments), default=0)
        self._writer = Writer(opened.disk, opened.folder, options, opened.cursor, ordinal, account, self._tell)
        account.settle, account.on_chunk = self._writer.box.settle, self._reading.offer
        self.on_lost: Callable[[int], None] = lambda _count: None
        account.on_lost = lambda count: self.on_lost(count)
        self._closing = False
        self._writer.start()
        self._reading.go_on()

    @property
    def full(self) -> bool:
        return self._account.full

    def append_nowait(
        self, records: Sequence[bytes], arrived_ns: int, on_durable: Callable[[], object], beyond: bool = False
    ) -> int | None:
        if self._closing or (self._account.full and not beyond):
            return None
        size_bytes = sum(map(len, records)) + RECORD_OVERHEAD_BYTES * len(records)
        if size_bytes > MAX_BODY_BYTES or not records:
            raise ValueError(f"an append has at least one record and at most {MAX_BODY_BYTES} bytes, not {size_bytes}")
        first = self._account.take_in(len(records), size_bytes)
        self._writer.box.put(Append(first, records, arrived_ns, on_durable, size_bytes))
        return first

    async def append(self, records: Sequence[bytes], arrived_ns: int) -> int | None:
        durable = asyncio.Event()
        first = self.append_nowait(records, arrived_ns, durable.set)
        if first is None:
            return None
        waited = self._loop.create_task(durable.wait())
        try:
            await asyncio.wait((waited, self._account.stopped_at_end), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waited.cancel()
        if not durable.is_set():
            raise SpoolError("the spool was closed before these records were durable")
        return first

    async def room(self) -> None:
        while self.full:
            self._account.look_for_room()
            await self._account.room.wait()

    def read(self, max_records: int, max_bytes: int) -> Batch | None:
        if self._closing:
            return None
        chunk = self._reading.take(max_records, max_bytes)
        return Batch(chunk.first, chunk.records, chunk.arrived_ns) if chunk else None

    async def available(self) -> None:
        while not (self._closing or self._reading.ready):
            self._reading.go_on()
            self._reading.news.clear()
            await self._reading.news.wait()

    def ack(self, positions: range) -> None:
        self._account.acknowledge(positions.start, positions.stop)

    def nack(self, positions: range) -> None:
        if self._account.positions.nack(positions.start, positions.stop):
            self._reading.go_on()
            self._reading.news.set()

    def drop_oldest(self, size_bytes: int) -> int:
        account, dropped, freed = self._account, 0, 0
        for segment in account.shelf.waiting():
            if freed >= size_bytes:
                break
            given_up = account.positions.skip(segment.first, segment.end)
            if account.positions.is_done(segment.first, segment.end):
                freed += segment.size_bytes
            dropped += given_up
        account.count["dropped"] += dropped
        account.tell_writer(whole=True)
        return dropped

    def purge(self) -> int:
        account = self._account
        dropped = account.positions.skip(0, account.positions.end)
        account.count["dropped"] += dropped
        account.tell_writer(whole=True)
        return dropped

    async def peek(self, n: int, start: int = 0) -> list[Batch]:
        account, opened = self._account, self._opened
        loader = Loader(opened.disk, opened.folder, opened.quarantine)
        start, end = max(start, account.positions.cursor), account.positions.end
        found: list[Batch] = []
        while n > 0 and start < end:
            segments = account.shelf.since(start)
            stretch = await asyncio.to_thread(loader.load, segments, start, end, min(LOAD_BYTES, 4096 * n))
            start = stretch.end
            for low, high in account.positions.not_done(stretch.start, stretch.end):
                for chunk in stretch.chunks:
                    if n > 0 and chunk.first < high and chunk.end > low:
                        chunk = part(chunk, low, min(high, max(chunk.first, low) + n))
                        found.append(Batch(chunk.first, chunk.records, chunk.arrived_ns))
                        n -= len(chunk.records)
        return found

    def stats(self) -> Stats:
        return self._account.stats(self._reading.ahead.oldest_ns, self._reading.quarantined)

    async def close(self) -> int:
        if not self._closing:
            self._closing = True
            await self._reading.close()
            self._writer.box.close()
        left = await asyncio.shield(self._account.stopped_at_end)
        await asyncio.to_thread(self._writer.join)
        self._opened.release()
        return left

    def _tell(self, call: Callable[..., None], *told: object) -> None:
        """From the writer thread into the loop."""
        try:
            self._loop.call_soon_threadsafe(call, *told)
        except RuntimeError:
            pass  # the loop is closed: nobody is left to be told
