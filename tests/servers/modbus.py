"""Simulated Modbus devices in this process, for tests that steer their faults. Judges nothing."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from random import Random
from typing import TYPE_CHECKING

import pytest

from nodes.simulator.faults import Fault, Switches
from nodes.simulator.ledger import Ledger
from nodes.simulator.modbus_device import ModbusDevice
from nodes.simulator.modbus_server import ModbusServer, RtuEar

if TYPE_CHECKING:
    from tests.servers.pty_pair import PtyPair


class ModbusPlant:
    """Units on one bus behind a TCP port of loopback; `writes` is what reached them: (unit, table, address, value)."""

    def __init__(self, units: Mapping[int, int], faults: Mapping[str, Fault] | None = None):
        self.writes: list[tuple[int, str, int, int]] = []
        devices = {unit: self._device(unit, size) for unit, size in units.items()}
        begun_s = time.monotonic()
        now_s = lambda: time.monotonic() - begun_s  # noqa: E731
        self.server = ModbusServer(devices, Switches(faults or {}, Random(1)), Ledger(lambda line: None, now_s), now_s)
        self.port = 0

    async def start(self) -> None:
        """Listen; on the same port again after a stop."""
        self.port = await self.server.listen("127.0.0.1", self.port)

    async def stop(self) -> None:
        """As a device without power."""
        await self.server.close()

    @property
    def url(self) -> str:
        """For a `modbus` connection."""
        return f"tcp://127.0.0.1:{self.port}"

    def _device(self, unit: int, size: int) -> ModbusDevice:
        device = ModbusDevice(lambda table, address, value: self.writes.append((unit, table, address, value)))
        for address in range(size):
            device.tables["holding"][address] = device.tables["input"][address] = unit * 1000 + address
            device.tables["coil"][address] = device.tables["discrete"][address] = address % 2
        return device


@pytest.fixture
async def modbus_plant() -> AsyncIterator[ModbusPlant]:
    """Units 1, 2 and 3 with 200 addresses in each table: register N of unit U holds 1000 U + N."""
    plant = ModbusPlant({1: 200, 2: 200, 3: 200})
    await plant.start()
    yield plant
    await plant.stop()


@asynccontextmanager
async def on_a_line(plant: ModbusPlant, pair: PtyPair) -> AsyncIterator[None]:
    """The units at the far end of a serial line, in a thread; what is delayed is sent by this loop."""
    loop, stop = asyncio.get_running_loop(), threading.Event()
    ear = RtuEar(plant.server, pair.write)

    def serve() -> None:
        while not stop.is_set():
            if data := pair.read_some(0.05):
                loop.call_soon_threadsafe(ear.feed, data)

    serving = loop.run_in_executor(None, serve)
    try:
        yield
    finally:
        stop.set()
        await serving
