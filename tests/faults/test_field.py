"""Devices that lie, stammer and flood: no value that arrives is another's, and the engine stays awake."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from nodes.simulator.faults import Fault
from tests.faults.amounts import amount
from tests.nodes.conftest import Running, StartEngine
from tests.nodes.conftest import start_engine as start_engine  # the fixture of whole flows
from tests.servers.modbus import ModbusPlant, on_a_line
from tests.servers.pty_pair import PtyPair

CYCLES = amount("FIELD_CYCLES", 15, 3_000)
UNITS = {1: 40, 2: 40, 3: 40}
LIES = {name: Fault(0.02) for name in ("half_frame", "wrong_unit", "busy", "silent")}
ON_TCP = LIES | {name: Fault(0.02) for name in ("noise", "hang_up", "late")}
ON_A_LINE = LIES | {"noise": Fault(0.05)}


def flow(url: str) -> str:
    """Three units, two points each, far enough from each other for a request of its own."""
    nodes = "".join(
        f"  in{unit}: {{type: modbus_in, connection: bus, unit: {unit}, every: 20ms, max_gap: 0, to: got, "
        f"points: [{{name: a, address: {unit}}}, {{name: b, address: {unit + 20}}}]}}\n"
        for unit in UNITS
    )
    bus = f"{{type: modbus, url: '{url}', timeout: 100ms, pause: 0s}}"
    return f"flow: f\nconnections:\n  bus: {bus}\nnodes:\n{nodes}  got: {{type: collect}}\n"


async def bears_it(running: Running) -> None:
    """Wait for cycles of every unit; each value is that of its own register, and each point is good or says why not."""
    good, judged = dict.fromkeys(UNITS, 0), 0

    def enough() -> bool:
        nonlocal judged
        for message in running.kept[judged:]:
            unit = message.meta["unit_id"]
            right = {"a": unit * 1000 + unit, "b": unit * 1000 + unit + 20}
            assert message.payload.items() <= right.items(), "a value of another request, register or unit"
            assert {*message.payload, *message.meta["bad"]} == {"a", "b"}
            assert all(message.meta["bad"].values())
            good[unit] += bool(message.payload)
        judged = len(running.kept)
        return min(good.values()) >= CYCLES

    await running.until(enough, 60 + CYCLES * 2)


@pytest.mark.faults
@pytest.mark.timeout(120 + CYCLES * 2)
async def test_on_tcp_a_lying_bus_brings_no_wrong_value(start_engine: StartEngine) -> None:
    plant = ModbusPlant(UNITS, ON_TCP)
    await plant.start()
    try:
        running = await start_engine(flow(plant.url))
        await bears_it(running)
        bus = running.engine.flows["f"].connections["bus"].bus
        assert bus.exchange.timeouts and bus.exchange.framing.late, "the faults happened"
    finally:
        await plant.stop()


@pytest.mark.faults
@pytest.mark.timeout(120 + CYCLES * 2)
async def test_on_a_serial_line_a_lying_bus_brings_no_wrong_value(pty_pair: PtyPair, start_engine: StartEngine) -> None:
    async with on_a_line(ModbusPlant(UNITS, ON_A_LINE), pty_pair):
        running = await start_engine(flow(f"rtu:{pty_pair.device}"))
        await bears_it(running)
        framing = running.engine.flows["f"].connections["bus"].bus.exchange.framing
        assert framing.noise_bytes, "the faults happened"


FLOODS = {
    "rubbish": bytes(range(256)) * 256,
    "frames of other requests": bytes.fromhex("f00d0000000701030407d107d2") * 5000,
    "heads of endless frames": bytes.fromhex("0001000000fe0103fa") * 7000,
    "what almost fits": bytes.fromhex("010302") * 20_000,
}


@pytest.mark.faults
@pytest.mark.parametrize("scheme", ["tcp", "rtu+tcp"])
@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
async def test_a_flood_is_dropped_in_bounds_and_the_engine_stays_awake(
    start_engine: StartEngine, scheme: str, flood: bytes
) -> None:
    async with flooding(flood) as port:
        running = await start_engine(flow(f"{scheme}://127.0.0.1:{port}"))
        longest_s = await longest_turn(lambda: len(running.kept) >= 12)
        assert all(not message.payload and message.meta["bad"]["a"] for message in running.kept)
        assert longest_s < 0.5, "the loop was held up"
        framing = running.engine.flows["f"].connections["bus"].bus.exchange.framing
        assert len(framing._buffer) < 70_000
        assert framing.noise_bytes + framing.late > 1000


@asynccontextmanager
async def flooding(flood: bytes) -> AsyncIterator[int]:
    """A device that never listens and says the same as fast as it is read."""
    writers = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            while True:
                writer.write(flood)
                await writer.drain()
                await asyncio.sleep(0)
        except (OSError, asyncio.CancelledError):
            pass  # the engine hung up, or the test is over
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()


async def longest_turn(done: Callable[[], bool]) -> float:
    """The most that the loop computed between two looks until `done`, however busy others are (s of a processor)."""
    longest_s = 0.0
    while not done():
        before_s = time.thread_time()
        await asyncio.sleep(0.01)
        longest_s = max(longest_s, time.thread_time() - before_s)
    return longest_s
