"""What may be asked of a store, asked the same of files and of JetStream: log, commits, key-value, leases."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from flowengine.clock import SystemClock
from flowengine.ending import end
from flowengine.message import Message
from flowengine.store.checkpoints import Checkpoint, CheckpointFile
from flowengine.store.jetstream.beats import Beats
from flowengine.store.jetstream.checkpoints import StreamCheckpoints
from flowengine.store.jetstream.client import JetStream
from flowengine.store.jetstream.keys import StreamKeys
from flowengine.store.jetstream.log import WireLog
from flowengine.store.jetstream.units import Units
from flowengine.store.jetstream.wire import Parcel, Sender
from flowengine.store.keys import FileKeys
from flowengine.store.leases import FileLeases
from flowengine.store.port import Checkpoints, Conflict, Entry, KeyValue, Leases, Log, Taken
from flowengine.store.spool import SpoolOptions, open_spool
from tests.servers.nats import NatsCluster

Append = Callable[[list[bytes]], Awaitable[None]]


class Files:
    """The store of one machine."""

    def __init__(self, folder: Path):
        self._folder = folder
        self.keys: KeyValue = FileKeys(folder / "keys")
        self.leases: Leases = FileLeases(folder)

    def checkpoints(self) -> Checkpoints:
        """Of one node."""
        return CheckpointFile(self._folder / "node")

    @asynccontextmanager
    async def log(self) -> AsyncIterator[tuple[Log, Append]]:
        """A durable wire, open, and how to put into it."""
        spool = await open_spool(self._folder / "spool", SpoolOptions())

        async def append(records: list[bytes]) -> None:
            assert await spool.append(records, 7) is not None

        yield spool, append
        await spool.close()


class Streams:
    """The store of a cluster; each `log` is read by the next owner of the same unit."""

    def __init__(self, jetstream: JetStream):
        self._jetstream = jetstream
        self._name = f"t{uuid.uuid4().hex[:8]}"
        self._keys = StreamKeys(jetstream, self._name)
        self.keys: KeyValue = self._keys
        self._units = Units(self._keys, Beats(self._keys, "w", SystemClock()))
        self.leases: Leases = self._units
        self._unit: Any = None

    async def open(self) -> None:
        """All streams are there."""
        await self._keys.open()
        await self._jetstream.stream(self._name, f"{self._name}.>")
        self._unit = await self._units.acquire("f.n.0", "w")

    def checkpoints(self) -> Checkpoints:
        """Of one node."""
        return StreamCheckpoints(self._jetstream, self._unit, "node")

    @asynccontextmanager
    async def log(self) -> AsyncIterator[tuple[Log, Append]]:
        """A durable wire, open, and how to put into it."""
        if self._unit.lost or not self._unit.instance:
            raise AssertionError
        wire = WireLog(self._jetstream, self._name, f"{self._name}.0.>", self._unit, "n", 2**20)
        sender = Sender(self._jetstream, self._name, f"{self._name}.0.a", 1, "a")
        sending = asyncio.create_task(sender.run())

        async def append(records: list[bytes]) -> None:
            sent = asyncio.Event()
            sender.put(Parcel(records, 7, (0, 0), sent.set))
            await sent.wait()

        yield wire, append
        await end(sending, again_s=0.5)
        await wire.close()
        await self._unit.give_back()
        self._unit = await self._units.acquire("f.n.0", "w")


@pytest.fixture(params=["files", "jetstream"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, one_nats: NatsCluster) -> AsyncIterator[Any]:
    """Each of the two."""
    if request.param == "files":
        yield Files(tmp_path)
        return
    jetstream = await JetStream.connect([one_nats.servers[0].url], "test", 1)
    streams = Streams(jetstream)
    await streams.open()
    yield streams
    await jetstream.close()


async def taken(log: Log, count: int) -> list[bytes]:
    """So many records, read and let go of."""
    records: list[bytes] = []
    async with asyncio.timeout(60):
        while len(records) < count:
            batch = log.read(1000, 2**20)
            if batch is None:
                await log.available()
                continue
            assert batch.arrived_ns[0] == 7
            records += batch.records
            log.ack(batch.positions)
    return records


async def test_a_log_gives_what_was_appended_in_order_and_after_a_restart_the_rest(store: Any) -> None:
    async with store.log() as (log, append):
        await append([b"1", b"2"])
        await append([b"3"])
        assert await taken(log, 3) == [b"1", b"2", b"3"]
        await append([b"4", b"5"])
        await log.available()
        batch = log.read(1000, 2**20)
        assert batch is not None and list(batch.records) == [b"4", b"5"] and batch.first == 4
    async with store.log() as (log, append):
        await append([b"6"])
        assert await taken(log, 3) == [b"4", b"5", b"6"]


async def test_what_is_returned_to_a_log_comes_again_before_anything_new(store: Any) -> None:
    async with store.log() as (log, append):
        await append([b"1", b"2"])
        await log.available()
        batch = log.read(1000, 2**20)
        assert batch is not None and log.read(1000, 2**20) is None
        await append([b"3"])
        log.nack(batch.positions)
        assert await taken(log, 3) == [b"1", b"2", b"3"]
        assert log.stats().records == 0 and log.stats().in_flight == 0


async def test_a_log_that_was_done_up_to_a_position_gives_what_follows(store: Any) -> None:
    async with store.log() as (log, append):
        await append([b"1", b"2"])
        await append([b"3", b"4"])
    async with store.log() as (log, append):
        log.ack(range(3))
        assert await taken(log, 2) == [b"3", b"4"]


async def test_of_a_log_can_be_looked_at_what_waits(store: Any) -> None:
    async with store.log() as (log, append):
        await append([b"1", b"2", b"3"])
        await log.available()
        assert [list(batch.records) for batch in await log.peek(2, 2)] == [[b"2", b"3"]]
        assert log.stats().records == 3 and log.purge() == 3
        assert log.stats().records == 0


@pytest.mark.parametrize("size", [10, 300_000, 1_500_000])
async def test_a_commit_comes_back_whole_and_replaces_the_one_before(store: Any, size: int) -> None:
    checkpoints = store.checkpoints()
    assert await asyncio.to_thread(checkpoints.load) is None
    for position in (5, 6, 7):
        outputs = [("out", [Message({"value": 1.5}, "t", 1, {"device": "d"}, 2, 3)])]
        made = Checkpoint("aggregate", 2, position, {"x": "y" * size}, {"k": 1.0}, outputs, serials=[4], next_serial=5)
        await asyncio.to_thread(checkpoints.commit, made)
        found = await asyncio.to_thread(store.checkpoints().load)
        assert (found.position, found.state, found.serials) == (position, made.state, [4])
        assert [(port, list(messages)) for port, messages in found.outputs] == outputs
    await asyncio.to_thread(checkpoints.forget)
    assert await asyncio.to_thread(store.checkpoints().load) is None


async def test_a_fact_is_changed_only_by_who_knows_its_revision(store: Any) -> None:
    def use(keys: KeyValue) -> None:
        assert keys.get("a.b") is None
        first = keys.put("a.b", b"one", 0)
        second = keys.put("a.b", b"two", first)
        assert second > first and keys.get("a.b") == Entry(b"two", second)
        for revision in (0, first):
            with pytest.raises(Conflict, match=r"a\.b"):
                keys.put("a.b", b"three", revision)
        assert keys.put("a.b", b"four") > second

    await asyncio.to_thread(use, store.keys)


async def test_a_lease_has_one_owner_and_each_owner_a_larger_epoch(store: Any) -> None:
    def use(leases: Leases) -> None:
        lease = leases.take("engine", "the first")
        with pytest.raises(Taken, match="the first"):
            leases.take("engine", "the second")
        lease.release()
        lease.release()
        assert leases.take("engine", "the second").epoch > lease.epoch

    await asyncio.to_thread(use, store.leases)
