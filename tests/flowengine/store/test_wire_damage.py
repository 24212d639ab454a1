"""Reading a wire whose frames are damaged, missing or lost in what a server answers: asked of the leader, or told."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable

import pytest

from flowengine.clock import SystemClock
from flowengine.ending import end
from flowengine.store.jetstream import log as wire_log
from flowengine.store.jetstream.beats import Beats
from flowengine.store.jetstream.client import Found, JetStream
from flowengine.store.jetstream.keys import StreamKeys
from flowengine.store.jetstream.log import WireLog
from flowengine.store.jetstream.units import Units
from flowengine.store.jetstream.wire import Parcel, Sender
from tests.servers.nats import NatsCluster
from tests.waiting import until

FRAMES, WRONG = 6, 3
Broken = Callable[[list[Found]], list[Found]]


class Wire:
    """Six frames of one record each; what a server answers goes through `broken` before the reader has it."""

    def __init__(self, jetstream: JetStream) -> None:
        self.jetstream = jetstream
        self.broken: Broken = list
        self._name, self._read = f"t{uuid.uuid4().hex[:8]}", jetstream.read
        jetstream.read = self._answered  # type: ignore[method-assign]

    async def fill(self) -> None:
        """Send them, one after the other."""
        await self.jetstream.stream(self._name, f"{self._name}.>")
        sender = Sender(self.jetstream, self._name, f"{self._name}.0.s", 1, "s")
        task = asyncio.create_task(sender.run())
        for n in range(FRAMES):
            sent = asyncio.Event()
            sender.put(Parcel([b"%d" % n], n, (0, 0), sent.set))
            await sent.wait()
        await end(task, again_s=1.0)

    async def lose(self, sequence: int) -> None:
        """No server has it any more."""
        await self.jetstream._context.delete_msg(self._name, sequence)

    async def reader(self) -> WireLog:
        """From the beginning."""
        keys = StreamKeys(self.jetstream, f"{self._name}k")
        await keys.open()
        unit = await Units(keys, Beats(keys, "w", SystemClock())).acquire("f.n.0", "w")
        return WireLog(self.jetstream, self._name, f"{self._name}.0.>", unit, "n", 2**20)

    async def _answered(self, stream: str, subjects: str, sequence: int, count: int, max_bytes: int) -> list[Found]:
        return self.broken(await self._read(stream, subjects, sequence, count, max_bytes))


@pytest.fixture
async def wire(one_nats: NatsCluster) -> AsyncIterator[Wire]:
    jetstream = await JetStream.connect([one_nats.servers[0].url], "test", 1)
    made = Wire(jetstream)
    await made.fill()
    yield made
    await jetstream.close()


async def records(log: WireLog, count: int) -> list[bytes]:
    """So many, in the order in which they are given."""
    found: list[bytes] = []
    async with asyncio.timeout(30):
        while len(found) < count:
            await log.available()
            while (batch := log.read(100, 2**20)) is not None:
                found += batch.records
    return found


def turned(found: Found) -> Found:
    """With one bit of its last byte the other way."""
    return found._replace(data=found.data[:-1] + bytes([found.data[-1] ^ 1]))


BROKEN: dict[str, Broken] = {
    "a bit turned": lambda found: [turned(each) if each.sequence == WRONG else each for each in found],
    "cut off": lambda found: [each._replace(data=each.data[:9]) if each.sequence == WRONG else each for each in found],
    "missing": lambda found: [each for each in found if each.sequence != WRONG],
}


@pytest.mark.parametrize("what", BROKEN)
async def test_what_one_replica_has_wrong_is_asked_of_the_leader(wire: Wire, what: str) -> None:
    wire.broken = BROKEN[what]
    log = await wire.reader()
    assert await records(log, FRAMES) == [b"%d" % n for n in range(FRAMES)]
    assert log.stats().lost == 0
    await log.close()


async def test_what_no_server_has_any_more_is_told_and_the_rest_comes(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(wire_log, "ASKED", 2)
    await wire.lose(WRONG)
    log = await wire.reader()
    assert await records(log, FRAMES - 1) == [b"%d" % n for n in range(FRAMES) if n != WRONG - 1]
    await until(lambda: log.stats().lost == 1)
    assert "lost to damage on the servers" in caplog.text
    await log.close()
