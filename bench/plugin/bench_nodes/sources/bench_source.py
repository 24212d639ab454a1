"""`bench_source`: make messages as fast as the flow takes them."""

from __future__ import annotations

import asyncio

from pydantic import PositiveInt

from flowengine import Config, Example, Message, Outlet, Source

IN_FLIGHT = 1000
TOPIC = "farm/site1/dev1/telemetry/temperature"


class BenchSourceConfig(Config):
    """Settings of `bench_source`."""

    count: PositiveInt
    """How many in all."""

    chunk: PositiveInt = 100
    """How many at once."""


class BenchSource(Source):
    """Messages in batches, at most a thousand not yet settled."""

    config: BenchSourceConfig
    examples = (Example("A million", "count: 1000000"),)

    async def run(self, emit: Outlet) -> None:
        self._in_flight, self._room = 0, asyncio.Event()
        await asyncio.sleep(1)  # so that the other tasks stand
        chunk = self.config.chunk
        for first in range(0, self.config.count, chunk):
            while self._in_flight + chunk > IN_FLIGHT:
                self._room.clear()
                await self._room.wait()
            self._in_flight += chunk
            await emit([Message(first + n, TOPIC) for n in range(chunk)], self._settled)
        await asyncio.Event().wait()

    def _settled(self) -> None:
        self._in_flight -= self.config.chunk
        self._room.set()
