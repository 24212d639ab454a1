"""`s7_in` through whole flows: a simulated controller with faults, and the library's own server."""

from __future__ import annotations

import asyncio
import itertools
import struct
import time
from typing import Any

import pytest
from snap7.server import Server

from flowengine import Message
from flowengine.testing import make
from nodes.simulator.faults import Fault
from nodes.sources.s7_in import S7In
from tests.nodes.conftest import StartEngine
from tests.servers.ports import next_free_port
from tests.servers.s7 import S7Plant

POINTS = (
    "{name: t, address: DB10.DBD0, type: f32, unit: °C}, {name: n, address: DB10.DBW4, type: i16, scale: 0.1}, "
    "{name: on, address: DB10.DBX6.3}, {name: order, address: DB10.DBB8, type: text, length: 10}, "
    "{name: m, address: MB2}"
)


def flow(port: int, points: str = POINTS, options: str = "every: 50ms") -> str:
    return (
        f"flow: f\nconnections:\n  plc: {{type: s7, host: 127.0.0.1, port: {port}, timeout: 300ms}}\n"
        f"nodes:\n  in: {{type: s7_in, connection: plc, points: [{points}], {options}, to: got}}\n"
        "  got: {type: collect}\n"
    )


def fill(plant: S7Plant, t: float = 21.7) -> None:
    block = plant.plc.block
    struct.pack_into(">fhB", block, 0, t, -15, 0b1000)
    block[8:20] = bytes([10, 4]) + b"A\xe94\x31".ljust(10, b"\0")


async def test_points_of_all_areas_arrive_by_name_with_their_scale(
    s7_plant: S7Plant, start_engine: StartEngine
) -> None:
    fill(s7_plant)
    running = await start_engine(flow(s7_plant.port))
    await running.holds(2)
    assert running.payloads[0] == {"t": 21.7, "n": -1.5, "on": True, "order": "Aé41", "m": 0}
    assert running.kept[0].meta == {"bad": {}, "units": {"t": "°C"}}
    assert abs(running.kept[0].time_ns - time.time_ns()) < 5e9


async def test_arrays_are_lists_and_times_are_texts_and_one_that_is_none_is_bad(
    s7_plant: S7Plant, start_engine: StartEngine
) -> None:
    struct.pack_into(">4h", s7_plant.plc.block, 0, 10, -20, 30, -40)
    s7_plant.plc.block[8:20] = bytes.fromhex("07ea0b1d01100507 075bcd15")
    s7_plant.plc.block[20:28] = bytes.fromhex("2611291605071231")
    points = (
        "{name: list, address: DB10.DBW0, type: i16, count: 4, scale: 0.1}, {name: at, address: DB10.DBB8, type: dtl}, "
        "{name: dt, address: DB10.DBB20, type: date_and_time}, {name: unset, address: DB10.DBB40, type: dtl}"
    )
    running = await start_engine(flow(s7_plant.port, points))
    await running.holds(1)
    assert running.payloads[0] == {
        "list": [1.0, -2.0, 3.0, -4.0], "at": "2026-11-29T16:05:07.123456789", "dt": "2026-11-29T16:05:07.123"
    }  # fmt: skip
    assert list(running.kept[0].meta["bad"]) == ["unset"] and "no DTL" in running.kept[0].meta["bad"]["unset"]


async def test_one_bad_address_does_not_block_its_neighbours_and_is_named(
    s7_plant: S7Plant, start_engine: StartEngine
) -> None:
    points = ", ".join(f"{{name: p{n}, address: DB10.DBB{n}}}" for n in range(90, 105))
    running = await start_engine(flow(s7_plant.port, f"{points}, {{name: none, address: DB77.DBW0}}"))
    await running.holds(2)
    for message in running.kept[:2]:
        assert set(message.payload) == {f"p{n}" for n in range(90, 100)}
        assert set(message.meta["bad"]) == {*(f"p{n}" for n in range(100, 105)), "none"}
    assert "Object does not exist" in running.kept[0].meta["bad"]["none"]


async def test_what_lies_together_is_read_together(s7_plant: S7Plant, start_engine: StartEngine) -> None:
    points = ", ".join(f"{{name: p{n}, address: DB10.DBW{n * 2}}}" for n in range(40))
    running = await start_engine(flow(s7_plant.port, points))
    await running.holds(5)
    assert s7_plant.plc.requests <= 9


async def test_a_controller_that_restarts_is_read_again_by_itself(s7_plant: S7Plant, start_engine: StartEngine) -> None:
    fill(s7_plant)
    running = await start_engine(flow(s7_plant.port))
    await running.holds(1)
    await asyncio.to_thread(s7_plant.stop)
    await running.until(lambda: running.kept[-1].payload == {} and running.kept[-1].meta["bad"])
    s7_plant.start()
    await running.until(lambda: running.payloads[-1].get("t") == 21.7)


async def test_a_late_answer_is_never_taken_for_a_fresh_value(s7_plant: S7Plant, start_engine: StartEngine) -> None:
    fill(s7_plant, 1.0)
    running = await start_engine(flow(s7_plant.port, "{name: t, address: DB10.DBD0, type: f32}"))
    await running.holds(1)
    s7_plant.plc.delay_s = 0.5
    fill(s7_plant, 2.0)
    await running.until(lambda: running.kept[-1].meta["bad"])
    fill(s7_plant, 3.0)
    s7_plant.plc.delay_s = 0.0
    await running.until(lambda: running.payloads[-1] == {"t": 3.0})
    assert {"t": 2.0} not in running.payloads[running.payloads.index({}) :]


async def test_a_lying_controller_brings_no_wrong_value(start_engine: StartEngine) -> None:
    plant = S7Plant({name: Fault(0.06) for name in ("silent", "half_answer", "hang_up")})
    plant.plc.block[:] = bytes(range(100))
    plant.start()
    try:
        running = await start_engine(flow(plant.port, "{name: a, address: DB10.DBB7}, {name: b, address: DB10.DBB80}"))
        right = {"a": 7, "b": 80}
        await running.until(lambda: sum(payload == right for payload in running.payloads) >= 15)
        assert all(payload.items() <= right.items() for payload in running.payloads)
        assert any(message.meta["bad"] for message in running.kept), "the faults happened"
    finally:
        await asyncio.to_thread(plant.stop)


async def test_nobody_there_is_said_in_every_cycle(start_engine: StartEngine) -> None:
    running = await start_engine(flow(next_free_port(), "{name: a, address: MB0}"))
    await running.holds(2)
    assert all("not connected: nothing listens at" in message.meta["bad"]["a"] for message in running.kept)


async def test_the_librarys_own_server_is_read_right(
    library_plc: tuple[Server, bytearray, int], start_engine: StartEngine
) -> None:
    _, block, port = library_plc
    struct.pack_into(">dih", block, 0, 1234.5, -70_000, 12)
    points = (
        "{name: d, address: DB3.DBD0, type: f64}, {name: i, address: DB3.DBD8, type: i32}, "
        "{name: w, address: DB3.DBW12}, {name: bit, address: DB3.DBX13.2}, {name: none, address: DB4.DBW0}"
    )
    running = await start_engine(flow(port, points))
    await running.holds(1)
    assert running.payloads[0] == {"d": 1234.5, "i": -70_000, "w": 12, "bit": True}
    assert set(running.kept[0].meta["bad"]) == {"none"}


async def test_why_a_value_is_bad_is_told_by_the_connection(s7_plant: S7Plant, start_engine: StartEngine) -> None:
    running = await start_engine(flow(s7_plant.port, "{name: a, address: MB0}, {name: none, address: DB77.DBW6}"))
    await running.holds(2)
    connection: Any = running.engine.flows["f"].connections["plc"]
    diagnosis = connection.diagnosis()
    [party] = diagnosis.parties
    assert party.reason == "" and party.figures["answers"] >= 2
    assert list(party.bad) == ["none (DB77.DBW6)"]
    assert [frame.sent for frame in itertools.islice(diagnosis.frames, 2)] == [True, False]
    assert connection.read_now("plc") and not connection.read_now("other")


def test_flow_tests_send_points_by_name() -> None:
    node: Any = make(S7In, "{connection: plc, points: [{name: t, address: MW0, unit: °C}]}")
    assert node.received(Message({"t": 21.5})).meta == {"bad": {}, "units": {"t": "°C"}}
    with pytest.raises(ValueError, match="none of its points"):
        node.received(Message({"x": 1}))


@pytest.mark.parametrize("address", ["DB10", "DB1.DBX3.8", "DB1.DBW", "XW3", "M3", "DB70000.DBW0", "I0.9"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"S7 address|at most"):
        make(S7In, f"{{connection: plc, points: [{{name: t, address: {address}}}]}}")


@pytest.mark.parametrize(
    ("point", "fault"),
    [("address: DB1.DBW0, type: bool", "has X and its bit"), ("address: DB1.DBX0.0, type: i16", "has X and its bit"),
     ("address: DB1.DBX0.0, count: 4", "for each of its values"), ("address: DB1.DBW0, count: 120", "at most 222"),
     ("address: DB1.DBB0, type: dtl, scale: 2", "has no scale"),
     ("address: DB1.DBB0, type: text, length: 300", "at most 254"), ("address: M0.0, scale: 2", "has no scale"),
     ("address: MW65535", "behind the last byte")],
)  # fmt: skip
def test_points_that_cannot_be_are_named(point: str, fault: str) -> None:
    config = make(S7In, f"{{connection: plc, points: [{{name: a, {point}}}]}}").config
    assert any(fault in said for _, said in S7In.check(config))
