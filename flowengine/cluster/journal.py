"""What all workers keep a copy of, in one stream: alarms' journals, the audit. Each takes it in from where it was.

A worker writes its own copy first and then shares; one that was away takes in what it missed, as far as the stream
goes back. Never here: what the entries mean.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from flowengine.store.files import replace
from flowengine.store.jetstream.client import JetStream
from flowengine.store.port import Away

log = logging.getLogger("flowengine.cluster")
KEPT_BYTES = 256 * 2**20
MOST_WAITING = 10_000
FOLLOW_S, AGAIN_S = 0.25, 1.0
BATCH, BATCH_BYTES = 256, 512 * 1024
MOST_BYTES = 512 * 1024
POSITION = "cluster.journal"


class Shared(msgspec.Struct, array_like=True):
    """One entry: whose, its number there, of what kind."""

    instance: str
    number: int
    kind: str
    what: bytes


_shared = msgspec.msgpack.Decoder(Shared).decode


class Journal:
    """Of one worker."""

    def __init__(self, jetstream: JetStream, prefix: str, instance: str, data_dir: Path):
        self._jetstream, self._instance = jetstream, instance
        self._stream, self._subject = f"{prefix}-journal", f"{prefix}.journal"
        self._file = data_dir / POSITION
        self.takes: dict[str, Callable[[bytes], Awaitable[None]]] = {}
        self._waiting: deque[Shared] = deque(maxlen=MOST_WAITING)
        self._number = 0
        self._next: int | None = None
        self._seen: dict[str, int] = {}
        self._busy = asyncio.Lock()

    def add(self, kind: str, what: bytes) -> None:
        """Share this."""
        self._number += 1
        if len(what) <= MOST_BYTES:
            self._waiting.append(Shared(self._instance, self._number, kind, what))

    async def send(self) -> None:
        """Send what is to be shared, in order, until cancelled."""
        while True:
            try:
                while self._waiting:
                    first = self._waiting[0]
                    await self._jetstream.put(self._subject, msgspec.msgpack.encode(first))
                    if self._waiting and self._waiting[0] is first:
                        self._waiting.popleft()
            except Away as away:
                log.warning("what this worker shares waits: %s", away)
                await asyncio.sleep(AGAIN_S)
            await asyncio.sleep(FOLLOW_S)

    async def follow(self) -> None:
        """Take in what others share, until cancelled."""
        while True:
            try:
                await self.catch_up()
            except Away as away:
                log.warning("what others share is late: %s", away)
                await asyncio.sleep(AGAIN_S)
            await asyncio.sleep(FOLLOW_S)

    async def catch_up(self) -> None:
        """Take in all that is there. Raises `Away`."""
        async with self._busy:
            if self._next is None:
                await self._jetstream.stream(self._stream, self._subject, max_bytes=KEPT_BYTES, keeps_newest=True)
                self._next = await asyncio.to_thread(self._position)
            while found := await self._jetstream.read(self._stream, self._subject, self._next, BATCH, BATCH_BYTES):
                for each in found:
                    await self._take(_shared(each.data))
                    self._next = each.sequence + 1
                await asyncio.to_thread(replace, self._file, [str(self._next).encode()])

    async def _take(self, entry: Shared) -> None:
        """What stands there twice, because an answer was lost, is taken once."""
        if entry.instance == self._instance or self._seen.get(entry.instance, 0) >= entry.number:
            return
        self._seen[entry.instance] = entry.number
        if (take := self.takes.get(entry.kind)) is not None:
            await take(entry.what)

    def _position(self) -> int:
        try:
            return int(self._file.read_text())
        except (OSError, ValueError):
            return 1
