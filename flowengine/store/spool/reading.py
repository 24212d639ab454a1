"""Bringing records from disk into RAM before they are asked for. Lives in the event loop; reads off it."""

from __future__ import annotations

import asyncio
import logging

from flowengine.counts import count_of
from flowengine.store.spool.account import Account
from flowengine.store.spool.ahead import Ahead
from flowengine.store.spool.frame import Chunk
from flowengine.store.spool.loading import Loader, Stretch

log = logging.getLogger(__name__)

LOAD_BYTES = 1 << 20
RETRY_S = 1.0


class Reading:
    """Keeps `ahead` filled with what is wanted next; one read from disk at a time."""

    def __init__(self, loader: Loader, account: Account, ahead_bytes: int, quarantined: int):
        self.ahead = Ahead(ahead_bytes)
        self.ahead.start_at(account.positions.cursor)
        self.news = asyncio.Event()
        self.quarantined = quarantined
        self._load_bytes = min(LOAD_BYTES, ahead_bytes)
        self._loader, self._account = loader, account
        self._loading: asyncio.Future[Stretch] | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._closed = False

    def offer(self, chunk: Chunk) -> None:
        """Records became durable; they are taken over where nothing is missing before them."""
        if self._loading is None:
            self.ahead.offer(chunk)
        self.go_on()
        self.news.set()

    def take(self, max_records: int, max_bytes: int) -> Chunk | None:
        """What is wanted next, as far as it is in RAM."""
        wanted = self._account.positions.wanted()
        chunk = self.ahead.take(*wanted, max_records, max_bytes) if wanted else None
        if chunk:
            self._account.delivered(chunk)
        self.go_on()
        return chunk

    @property
    def ready(self) -> bool:
        """Whether `take` has something to give."""
        wanted = self._account.positions.wanted()
        return wanted is not None and self.ahead.holds(wanted[0])

    def go_on(self) -> None:
        """Read from disk if something is wanted that is not here, or if there is room."""
        if self._loading or self._closed:
            return
        positions = self._account.positions
        if not (wanted := positions.wanted()):
            return
        if not self.ahead.holds(wanted[0]) and wanted[0] != self.ahead.end:
            self.ahead.start_at(wanted[0])
        if self.ahead.end < positions.end and self.ahead.low:
            start = self.ahead.end
            segments = self._account.shelf.since(start)
            loop = asyncio.get_running_loop()
            self._loading = loop.run_in_executor(
                None, self._loader.load, segments, start, positions.end, self._load_bytes
            )
            self._loading.add_done_callback(self._loaded)

    async def close(self) -> None:
        """No more reads; one that runs is waited for."""
        self._closed = True
        self.news.set()
        if self._retry:
            self._retry.cancel()
        if self._loading:
            await asyncio.wait([self._loading])

    def _loaded(self, done: asyncio.Future[Stretch]) -> None:
        self._loading = None
        if done.cancelled() or self._closed:
            return
        if fault := done.exception():
            self._account.reading_failed(f"reading failed: {type(fault).__name__}: {fault}")
            self._retry = asyncio.get_running_loop().call_later(RETRY_S, self.go_on)
            return
        stretch = done.result()
        if stretch.start == self.ahead.end:
            self.ahead.extend(stretch.chunks, stretch.end)
        self.quarantined += stretch.quarantined
        self._lose(stretch)
        self.go_on()
        self.news.set()

    def _lose(self, stretch: Stretch) -> None:
        account = self._account
        lost = 0
        for start, end in stretch.lost():
            if gap := account.positions.skip(start, end):
                log.error("spool: damaged from position %d on: %s", start, count_of(gap, "record"))
                account.count["gaps"] += 1
                lost += gap
        if lost:
            account.count["lost"] += lost
            account.on_lost(lost)
            account.tell_writer()
