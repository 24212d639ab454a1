"""The latest values of all workers in the RTDB of each: one conflated stream, one message a point.

A point is sent once it has changed, at most twice a second; whoever is started reads all that stand there.
"""

from __future__ import annotations

import asyncio
import logging
from itertools import islice

import msgspec

from flowengine.store.jetstream.client import JetStream
from flowengine.store.jetstream.units import token
from flowengine.store.port import Away
from flowengine.store.rtdb import Point, Rtdb

log = logging.getLogger("flowengine.cluster")
SEND_S, FOLLOW_S, AGAIN_S = 0.5, 0.25, 1.0
AT_ONCE = 64
BATCH, BATCH_BYTES = 512, 512 * 1024
MOST_WAITING = 100_000
"""Points that wait for servers that do not answer; of more the newest are left out until they change again."""

LONGEST = 200
"""Characters of a name in a subject; a point of a longer one stays on its worker."""

MOST_BYTES = 64 * 1024


class Told(msgspec.Struct, array_like=True):
    """A point, and the worker that has it."""

    instance: str
    key: str
    point: Point


_told = msgspec.msgpack.Decoder(Told).decode


class SharedPoints:
    """Of one worker."""

    def __init__(self, rtdb: Rtdb, jetstream: JetStream, prefix: str, instance: str):
        self._rtdb, self._jetstream, self._instance = rtdb, jetstream, instance
        self._stream, self._subjects = f"{prefix}-rtdb", f"{prefix}.rtdb"
        self._waiting: dict[str, Point] = {}
        self._taking = False
        self._next = 1
        rtdb.watch(self._changed)

    async def open(self) -> None:
        """The stream is there. Raises `Away`."""
        await self._jetstream.stream(self._stream, f"{self._subjects}.>", last_only=True)

    async def send(self) -> None:
        """Send what changes here, until cancelled."""
        while True:
            await asyncio.sleep(SEND_S)
            try:
                await self.send_waiting()
            except Away as away:
                log.warning("values of this worker wait: %s", away)
                await asyncio.sleep(AGAIN_S)

    async def send_waiting(self) -> None:
        """All that changed since the last time is sent. Raises `Away`; the rest then waits."""
        if self._waiting and self._next == 1:
            await self.open()
        while self._waiting:
            some = dict(islice(self._waiting.items(), AT_ONCE))
            await asyncio.gather(*(self._send(key, point) for key, point in some.items()))

    async def _send(self, key: str, point: Point) -> None:
        subject = f"{self._subjects}.{token(key)}"
        try:
            told = msgspec.msgpack.encode(Told(self._instance, key, point))
        except (TypeError, OverflowError, ValueError):
            told = b""
        if told and len(told) <= MOST_BYTES and len(subject) <= LONGEST:
            await self._jetstream.put(subject, told)
        if self._waiting.get(key) is point:
            del self._waiting[key]

    async def follow(self) -> None:
        """Take in what changes elsewhere, until cancelled."""
        while True:
            try:
                await self.open()
                while await self.take():
                    pass
            except Away as away:
                log.warning("values of other workers are late: %s", away)
                await asyncio.sleep(AGAIN_S)
            await asyncio.sleep(FOLLOW_S)

    async def take(self) -> bool:
        """Take in some of what was sent since the last time; whether there may be more. Raises `Away`."""
        found = await self._jetstream.read(self._stream, f"{self._subjects}.>", self._next, BATCH, BATCH_BYTES)
        points = []
        for each in found:
            self._next = each.sequence + 1
            told = _told(each.data)
            if told.instance != self._instance:
                points.append((told.key, told.point))
        self._taking = True
        try:
            self._rtdb.put(points)
        finally:
            self._taking = False
        return len(found) > 0

    def _changed(self, points: dict[str, Point]) -> None:
        if self._taking:
            return
        for key, point in points.items():
            if key in self._waiting or len(self._waiting) < MOST_WAITING:
                self._waiting[key] = point
