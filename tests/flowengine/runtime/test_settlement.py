"""When exactly a message is acknowledged: never before it is safe, always after. tests/faults/mutants.py needs it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from flowengine.catalog.every_node import SpoolLimits
from flowengine.message import Message
from flowengine.runtime.receipt import Receipt
from flowengine.runtime.spooled import SpoolInbox
from flowengine.runtime.station import Station
from flowengine.store.spool import open_spool
from flowengine.store.spool.disk import Disk
from flowengine.testing.clock import ManualClock
from tests.waiting import PATIENCE_S, quiet_for


def test_a_held_message_is_not_acknowledged(in_virtual_time: Any) -> None:
    text = """
flow: f
nodes:
  source: {type: count, n: 5, batch: 5, to: hold}
  hold: {type: buffer, count: 100, every: 10s, to: sink}
  sink: {type: collect}
"""

    async def scenario(bench: Any) -> None:
        await bench.deploy(text)
        await asyncio.sleep(9)
        assert bench.node("source").acked == [] and bench.node("sink").got == []
        await asyncio.sleep(2)
        assert bench.node("source").acked == bench.node("sink").got == [0, 1, 2, 3, 4]

    in_virtual_time(scenario)


def test_a_filtered_message_is_acknowledged(in_virtual_time: Any) -> None:
    text = """
flow: f
nodes:
  source: {type: count, n: 5, to: none}
  none: {type: filter, where: payload < 0, to: sink}
  sink: {type: collect}
"""

    async def scenario(bench: Any) -> None:
        await bench.deploy(text)
        await asyncio.sleep(1)
        assert bench.node("source").acked == [0, 1, 2, 3, 4]

    in_virtual_time(scenario)


def test_a_rejected_message_settles_its_own_holding_only(in_virtual_time: Any) -> None:
    text = """
flow: f
nodes:
  source: {type: count, n: 4, batch: 4, to: pick}
  pick: {type: picky, bad: 0, to: sink}
  sink: {type: collect, every: 5}
"""

    async def scenario(bench: Any) -> None:
        await bench.deploy(text)
        await asyncio.sleep(4)
        assert bench.node("source").acked == []
        await asyncio.sleep(20)
        assert bench.node("sink").got == [1, 2, 3]
        assert bench.node("source").acked == [0, 1, 2, 3]
        assert not bench.engine.flows["f"].supervisor.failures

    in_virtual_time(scenario)


class StuckDisk(Disk):
    """Syncs when it is let go."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.free.set()

    def sync(self, handle: int) -> None:
        assert self.free.wait(10)
        super().sync(handle)


@pytest.fixture
def disk() -> Any:
    """A disk that never keeps a writer waiting after the test."""
    stuck = StuckDisk()
    yield stuck
    stuck.free.set()


async def test_a_spooled_message_is_acknowledged_after_the_sync(tmp_path: Path, disk: StuckDisk) -> None:
    spool = await open_spool(tmp_path / "spool", disk=disk)
    station = Station("hold", None)  # type: ignore[arg-type]
    inbox = SpoolInbox(spool, SpoolLimits(), station, [], ManualClock())
    settled = asyncio.Event()
    disk.free.clear()
    inbox.put([Message(1)], Receipt(settled.set))
    await quiet_for(0.1, "nothing is acknowledged before the sync")
    assert not settled.is_set()
    disk.free.set()
    await asyncio.wait_for(settled.wait(), PATIENCE_S)
    await inbox.close()


def test_a_cancelled_write_is_not_acknowledged(in_virtual_time: Any) -> None:
    text = """
flow: f
nodes:
  source: {{type: count, n: 5, batch: 5, to: sink}}
  sink: {{type: collect, every: {every}}}
"""

    async def scenario(bench: Any) -> None:
        await bench.deploy(text.format(every=100))
        await asyncio.sleep(1)
        await bench.deploy(text.format(every=1))
        assert bench.node("source").acked == []
        await asyncio.sleep(5)
        assert bench.node("source").acked == bench.node("sink").got == [0, 1, 2, 3, 4]

    in_virtual_time(scenario)
