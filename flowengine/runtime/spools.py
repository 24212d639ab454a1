"""Every spool below a data folder, of running nodes and of nodes that are gone: how much waits, what, and away with it.

Never here: delivery. A spool of a running node is asked through its inbox, any other is opened for a moment.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from msgspec import DecodeError

from flowengine.message import Message, unpack
from flowengine.runtime.flow import FlowRuntime
from flowengine.runtime.station import Queue
from flowengine.store import data_folder
from flowengine.store.spool import Batch, Spool, SpoolError, Stats, open_spool

EXPORTED = 1000


@dataclass(frozen=True)
class SpoolKey:
    """Which node's spool; `orphan` when no running node has it."""

    flow: str
    node: str
    orphan: bool


@dataclass(frozen=True)
class Found:
    """One spool now; `fault` says why nothing is known of it."""

    place: SpoolKey
    stats: Stats
    fault: str = ""

    @property
    def limit_bytes(self) -> int | None:
        """Its bound on disk; None for an orphan, which only its node's settings bound."""
        return None if self.place.orphan or self.fault else self.stats.max_bytes

    @property
    def full_in_s(self) -> float | None:
        """Seconds until it is full at the present rate; None when it does not fill."""
        seconds = self.stats.full_in_s
        return seconds if self.limit_bytes is not None and isfinite(seconds) else None


class Spools:
    """The spools of one data folder; `flows` are those that run in this process."""

    def __init__(self, flows: Mapping[str, FlowRuntime], data_dir: Path):
        self._flows = flows
        self._data_dir = data_dir
        self._orphans: dict[SpoolKey, tuple[object, Found]] = {}
        self._looking = asyncio.Lock()
        self._opening: dict[SpoolKey, asyncio.Lock] = {}

    def of_running(self) -> list[Found]:
        """Those of running nodes, which are asked in RAM."""
        stations = ((flow, station) for flow, runtime in self._flows.items() for station in runtime.stations.values())
        return [
            Found(SpoolKey(flow, station.name, False), station.inbox.spool.stats())
            for flow, station in stations
            if station.inbox is not None and station.inbox.spool is not None
        ]

    async def orphans(self) -> list[Found]:
        """Those that no running node has; one is opened for a moment when its files are new or have changed.

        A node that comes back cannot open its spool while somebody else looks into it, so that looking is rare.
        """
        async with self._looking:
            places = [place for place in await asyncio.to_thread(self._places) if place.orphan]
            looked_at: dict[SpoolKey, tuple[object, Found]] = {}
            for place in places:
                found = self._orphans.get(place)
                if found is None or found[0] != await asyncio.to_thread(self._stamp, place):
                    looked = await self._look(place)
                    found = (await asyncio.to_thread(self._stamp, place), looked)
                looked_at[place] = found
            self._orphans = looked_at
        return [found for _, found in looked_at.values()]

    async def all(self) -> list[Found]:
        """Each spool with what waits in it."""
        return [await self._look(place) for place in await asyncio.to_thread(self._places)]

    async def peek(self, flow: str, node: str, most: int) -> list[tuple[int, Message]]:
        """The oldest messages that wait, with their arrival. Raises KeyError for no such spool, `SpoolError`."""
        async with self._spool(self._place(flow, node)) as spool:
            return _messages(await spool.peek(most))

    async def every(self, flow: str, node: str) -> AsyncGenerator[tuple[int, Message], None]:
        """As `peek`, all that waits, with no more than a thousand messages in RAM at a time."""
        async with self._spool(self._place(flow, node)) as spool:
            start = 0
            while batches := await spool.peek(EXPORTED, start):
                start = batches[-1].positions.stop
                for pair in _messages(batches):
                    yield pair

    async def purge(self, flow: str, node: str) -> int:
        """How many messages were dropped; an orphan's folder goes too. Raises as `peek`."""
        place = self._place(flow, node)
        inbox = self._inbox(flow, node)
        if inbox is not None:
            return inbox.purge()
        async with self._spool(place) as spool:
            dropped = spool.purge()
        await asyncio.to_thread(shutil.rmtree, self._folder(place))
        return dropped

    async def _look(self, place: SpoolKey) -> Found:
        try:
            async with self._spool(place) as spool:
                if place.orphan and spool.stats().records:
                    await spool.available()  # so that the age of the oldest is known
                return Found(place, spool.stats())
        except (SpoolError, OSError) as fault:
            return Found(place, Stats(healthy=False), str(fault))

    @asynccontextmanager
    async def _spool(self, place: SpoolKey) -> AsyncIterator[Spool]:
        inbox = self._inbox(place.flow, place.node)
        if inbox is not None and inbox.spool is not None:
            yield inbox.spool
            return
        async with self._opening.setdefault(place, asyncio.Lock()):  # a spool has one who opened it
            spool = await open_spool(self._folder(place))
            try:
                yield spool
            finally:
                await spool.close()

    def _inbox(self, flow: str, node: str) -> Queue | None:
        runtime = self._flows.get(flow)
        station = runtime.stations.get(node) if runtime is not None else None
        return station.inbox if station is not None and station.inbox is not None and station.inbox.durable else None

    def _folder(self, place: SpoolKey) -> Path:
        return data_folder.of_node(self._data_dir, place.flow, place.node) / data_folder.SPOOL

    def _stamp(self, place: SpoolKey) -> object:
        try:
            return sorted((f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in self._folder(place).iterdir())
        except OSError:
            return None  # it went this moment

    def _places(self) -> list[SpoolKey]:
        folders = data_folder.spools(self._data_dir)
        names = [(folder.parts[-3], folder.parts[-2]) for folder in folders if folder.is_dir()]
        return [SpoolKey(flow, node, self._inbox(flow, node) is None) for flow, node in names]

    def _place(self, flow: str, node: str) -> SpoolKey:
        found = next((place for place in self._places() if (place.flow, place.node) == (flow, node)), None)
        if found is None:
            raise KeyError(f"{flow}/{node} has no spool")
        return found


def _messages(batches: Iterable[Batch]) -> list[tuple[int, Message]]:
    records = [pair for batch in batches for pair in zip(batch.arrived_ns, batch.records, strict=True)]
    return [(arrived_ns, _message(record)) for arrived_ns, record in records]


def _message(record: bytes) -> Message:
    try:
        return unpack(record)
    except DecodeError:
        return Message(record, meta={"unreadable": True})
