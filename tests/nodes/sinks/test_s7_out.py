"""`s7_out` through whole flows: within limits, one bit alone, at most once, read back."""

from __future__ import annotations

import asyncio
import struct
from typing import Any

import pytest
from snap7.server import Server

from flowengine import Message
from flowengine.runtime.inject import inject
from flowengine.testing import make
from nodes.simulator.faults import Fault
from nodes.sinks.s7_out import S7Out
from tests.nodes.conftest import Running, StartEngine
from tests.servers.s7 import S7Plant

POINTS = (
    "{name: t, address: DB10.DBD0, type: f32, min: 0, max: 100}, {name: n, address: DB10.DBW4, type: i16, scale: 0.1}, "
    "{name: on, address: DB10.DBX6.3}, {name: order, address: DB10.DBB8, type: text, length: 10}, "
    "{name: none, address: DB77.DBW0}"
)


async def started(start_engine: StartEngine, port: int, points: str = POINTS, options: str = "") -> Running:
    running = await start_engine(
        f"flow: f\nconnections:\n  plc: {{type: s7, host: 127.0.0.1, port: {port}, timeout: 300ms}}\n"
        f"nodes:\n  set: {{type: s7_out, connection: plc, points: [{points}], {options} to: got}}\n"
        "  ask: {type: inject, to: set}\n  got: {type: collect}\n"
    )
    await running.until(lambda: running.engine.flows["f"].connections["plc"].up)
    return running


def send(running: Running, payload: Any) -> None:
    inject(running.engine.flows["f"], running.engine.services, "set", Message(payload))


async def test_values_are_written_and_read_back_and_a_bit_leaves_its_neighbours(
    s7_plant: S7Plant, start_engine: StartEngine
) -> None:
    block = s7_plant.plc.block
    block[6] = 0b0101_0101
    block[8:20] = bytes([10, 2]) + b"A1".ljust(10, b"\0")
    running = await started(start_engine, s7_plant.port)
    send(running, {"t": 33.5, "n": -1.2, "on": True, "order": "Bé7"})
    assert await running.holds(4) == [
        {"point": "t", "value": 33.5, "result": "written", "old": 0.0, "read_back": 33.5},
        {"point": "n", "value": -1.2, "result": "written", "old": 0.0, "read_back": -1.2},
        {"point": "on", "value": True, "result": "written", "old": False, "read_back": True},
        {"point": "order", "value": "Bé7", "result": "written", "old": "A1", "read_back": "Bé7"},
    ]
    assert block[6] == 0b0101_1101 and struct.unpack_from(">h", block, 4) == (-12,)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [({"t": 101}, "above the greatest"), ({"n": 1e6}, "does not fit"), ({"on": "x"}, "neither true nor"),
     ({"order": "longer than ten"}, "room for 10"), ({"none": 1}, "Object does not exist")],
)  # fmt: skip
async def test_what_cannot_be_written_is_refused(
    s7_plant: S7Plant, start_engine: StartEngine, payload: Any, reason: str
) -> None:
    running = await started(start_engine, s7_plant.port)
    send(running, payload)
    await running.holds(1)
    assert running.payloads[0]["result"] == "refused" and reason in running.payloads[0]["reason"]
    assert not s7_plant.writes


async def test_wide_texts_long_numbers_and_times_are_written_and_read_back(
    s7_plant: S7Plant, start_engine: StartEngine
) -> None:
    s7_plant.plc.block[40:44] = bytes([0, 10, 0, 0])
    points = (
        "{name: name, address: DB10.DBB40, type: wtext, length: 10}, {name: flags, address: DB10.DBD20, type: u64}, "
        "{name: at, address: DB10.DBB0, type: dtl}, {name: dt, address: DB10.DBB12, type: date_and_time}"
    )
    running = await started(start_engine, s7_plant.port, points)
    wanted = {"name": "Gießerei", "flags": 2**63 + 1, "at": "2026-11-29T16:05:07.5", "dt": "2026-11-29T16:05:07.25"}
    send(running, wanted)
    told = {each["point"]: each for each in await running.holds(4)}
    assert {each["result"] for each in told.values()} == {"written"}, told
    assert told["name"]["read_back"] == "Gießerei" and told["flags"]["read_back"] == 2**63 + 1
    assert (
        told["at"]["read_back"] == "2026-11-29T16:05:07.500000000"
        and told["dt"]["read_back"] == "2026-11-29T16:05:07.250"
    )
    assert bytes(s7_plant.plc.block[40:46]) == bytes([0, 10, 0, 8]) + "G".encode("utf-16-be")


async def test_the_length_of_a_wide_string_is_never_written_over(s7_plant: S7Plant, start_engine: StartEngine) -> None:
    s7_plant.plc.block[40:44] = bytes([0, 10, 0, 0])
    running = await started(start_engine, s7_plant.port, "{name: name, address: DB10.DBB40, type: wtext, length: 20}")
    send(running, {"name": "B7"})
    await running.holds(1)
    assert running.payloads[0]["result"] == "refused" and "room for 10 letters, not 20" in running.payloads[0]["reason"]
    assert not s7_plant.writes


async def test_the_length_that_a_string_was_declared_with_is_never_written_over(
    s7_plant: S7Plant, start_engine: StartEngine
) -> None:
    s7_plant.plc.block[8:20] = bytes([10, 2]) + b"A1".ljust(10, b"\0")
    running = await started(start_engine, s7_plant.port, "{name: order, address: DB10.DBB8, type: text, length: 20}")
    send(running, {"order": "B7"})
    await running.holds(1)
    assert running.payloads[0]["result"] == "refused" and "room for 10 letters, not 20" in running.payloads[0]["reason"]
    assert not s7_plant.writes and s7_plant.plc.block[8] == 10


async def test_no_cut_of_the_line_repeats_a_write(start_engine: StartEngine) -> None:
    plant = S7Plant({"half_answer": Fault(0.3)})
    plant.start()
    try:
        running = await started(start_engine, plant.port, "{name: n, address: DB10.DBW4}", "read_back: null,")
        for number in range(1, 16):
            await running.until(lambda: running.engine.flows["f"].connections["plc"].up)
            send(running, {"n": number})
            await running.holds(number)
        written = [struct.unpack(">H", data)[0] for _, _, data in plant.writes]
        told = {each["value"]: each["result"] for each in running.payloads}
        assert written == sorted(set(written)), "each value at most once, in order"
        assert {value for value, result in told.items() if result != "refused"} >= set(written)
        assert {value for value, result in told.items() if result == "written"} <= set(written)
        assert "no answer" in told.values(), "the faults happened"
    finally:
        await asyncio.to_thread(plant.stop)


async def test_without_a_controller_nothing_waits_to_be_written_later(
    s7_plant: S7Plant, start_engine: StartEngine
) -> None:
    running = await started(start_engine, s7_plant.port)
    await asyncio.to_thread(s7_plant.stop)
    send(running, {"t": 50})
    await running.holds(1)
    s7_plant.start()
    await running.until(lambda: running.engine.flows["f"].connections["plc"].up)
    assert running.payloads[0]["result"] in ("refused", "no answer") and not s7_plant.writes


async def test_the_librarys_own_server_is_written_to(
    library_plc: tuple[Server, bytearray, int], start_engine: StartEngine
) -> None:
    _, block, port = library_plc
    running = await started(start_engine, port, "{name: d, address: DB3.DBD8, type: i32}")
    send(running, {"d": -70_000})
    await running.holds(1)
    assert running.payloads[0]["result"] == "written" and struct.unpack_from(">i", block, 8) == (-70_000,)


def test_an_input_is_only_read() -> None:
    config = make(S7Out, "{connection: plc, points: [{name: a, address: I0.1}]}").config
    assert any("only read" in said for _, said in S7Out.check(config))
