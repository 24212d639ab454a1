"""`modbus_in` through whole flows: simulated devices with faults, an independent server, a serial line."""

from __future__ import annotations

import itertools
import statistics
import time
from typing import Any

import pytest
from pymodbus.framer import FramerType  # type: ignore[import-not-found]
from pymodbus.server import ModbusTcpServer  # type: ignore[import-not-found]
from pymodbus.simulator import DataType, SimData, SimDevice  # type: ignore[import-not-found]

from flowengine import Message
from flowengine.clock import SystemClock
from flowengine.testing import make
from nodes.simulator.modbus_device import ModbusDevice
from nodes.sources.modbus_in import ModbusIn
from tests.nodes.conftest import Running, StartEngine
from tests.servers.modbus import ModbusPlant, on_a_line
from tests.servers.ports import next_free_port
from tests.servers.pty_pair import PtyPair


def flow(url: str, units: dict[int, str], options: str = "every: 100ms", connection: str = "timeout: 300ms") -> str:
    nodes = "".join(
        f"  in{unit}: {{type: modbus_in, connection: bus, unit: {unit}, points: [{points}], {options}, to: got}}\n"
        for unit, points in units.items()
    )
    return (
        f"flow: f\nconnections:\n  bus: {{type: modbus, url: '{url}', {connection}}}\n"
        f"nodes:\n{nodes}  got: {{type: collect}}\n"
    )


def requests_of(running: Running, unit: int) -> int:
    """How often the unit was asked."""
    return int(running.engine.flows["f"].connections["bus"].bus.schedule.unit(unit).counted["polls"])


def of_unit(running: Running, unit: int) -> list[Message]:
    return [message for message in running.kept if message.meta["unit_id"] == unit]


async def test_points_of_all_tables_arrive_by_name_with_their_scale(
    modbus_plant: ModbusPlant, start_engine: StartEngine
) -> None:
    modbus_plant.server.devices[2].put("input", 10, bytes.fromhex("999a41ad"))
    points = (
        "{name: raw, address: 7}, {name: t, address: 0, type: i16, scale: 0.1, unit: °C}, "
        "{name: e, address: 10, type: f32, swap: word, table: input}, {name: run, address: 3, table: coil}, "
        "{name: door, address: 4, table: discrete}, {name: third, address: 1, type: bit, bit: 0}"
    )
    running = await start_engine(flow(modbus_plant.url, {2: points}))
    await running.holds(3)
    message = running.kept[0]
    assert message.payload == {"raw": 2007, "t": 200.0, "e": 21.7, "run": True, "door": False, "third": True}
    assert dict(message.meta) == {"unit_id": 2, "bad": {}, "units": {"t": "°C"}}
    assert abs(message.time_ns - time.time_ns()) < 5e9


async def test_each_point_can_be_a_message_with_its_quality(
    modbus_plant: ModbusPlant, start_engine: StartEngine
) -> None:
    points = "{name: a, address: 1, unit: bar}, {name: none, address: 900}"
    running = await start_engine(flow(modbus_plant.url, {1: points}, "every: 100ms, each: true"))
    await running.holds(4)
    good, bad = running.kept[2], running.kept[3]
    assert (good.payload, dict(good.meta)) == (
        {"value": 1001}, {"unit_id": 1, "point": "a", "unit": "bar", "quality": "good"}
    )  # fmt: skip
    assert bad.payload == {"value": None}
    assert bad.meta["quality"] == "bad" and "illegal data address" in bad.meta["reason"]


async def test_what_lies_together_is_read_together(modbus_plant: ModbusPlant, start_engine: StartEngine) -> None:
    points = ", ".join(f"{{name: p{n}, address: {n * 2}}}" for n in range(60))
    running = await start_engine(flow(modbus_plant.url, {1: points}, "every: 200ms"))
    await running.holds(5)
    assert modbus_plant.server.requests <= 6


async def test_one_bad_register_does_not_block_its_neighbours_and_is_named(
    modbus_plant: ModbusPlant, start_engine: StartEngine
) -> None:
    del modbus_plant.server.devices[1].tables["holding"][37]
    points = ", ".join(f"{{name: p{n}, address: {n}}}" for n in range(100))
    running = await start_engine(flow(modbus_plant.url, {1: points}))
    await running.holds(3)
    for message in running.kept[:3]:
        assert set(message.meta["bad"]) == {"p37"}
        assert len(message.payload) == 99 and message.payload["p38"] == 1038


async def test_a_dead_unit_gives_bad_readings_and_holds_up_nobody(
    modbus_plant: ModbusPlant, start_engine: StartEngine
) -> None:
    modbus_plant.server.silent.add(2)
    point = "{name: a, address: 1}"
    running = await start_engine(flow(modbus_plant.url, {1: point, 2: point, 3: point}))
    await running.until(lambda: len(of_unit(running, 3)) > 30)
    for unit in (1, 3):
        times = [message.time_ns / 1e9 for message in of_unit(running, unit)]
        usual_s = statistics.median(b - a for a, b in itertools.pairwise(times))
        assert usual_s < 0.3, "each round waits for the dead unit's time-out"
        assert all(message.payload for message in of_unit(running, unit))
    dead = of_unit(running, 2)
    assert len(dead) > 5 and all(not m.payload and m.meta["bad"] == {"a": "no answer"} for m in dead)
    modbus_plant.server.silent.clear()
    await running.until(lambda: of_unit(running, 2)[-1].payload)


async def test_a_late_answer_is_never_taken_for_a_fresh_value(
    modbus_plant: ModbusPlant, start_engine: StartEngine
) -> None:
    device = modbus_plant.server.devices[1]
    running = await start_engine(flow(modbus_plant.url, {1: "{name: a, address: 1}"}))
    await running.holds(2)
    device.tables["holding"][1] = 7
    modbus_plant.server.delay_s[1] = 0.5
    await running.until(lambda: running.kept[-1].meta["bad"])
    device.tables["holding"][1] = 9
    modbus_plant.server.delay_s.clear()
    await running.until(lambda: running.payloads[-1] == {"a": 9})
    after = running.payloads[running.payloads.index({}) :]
    assert {"a": 7} not in after
    bus = running.engine.flows["f"].connections["bus"].bus
    assert bus.exchange.framing.late >= 1


async def test_why_each_value_is_bad_is_told_by_its_name_and_place(
    modbus_plant: ModbusPlant, start_engine: StartEngine
) -> None:
    modbus_plant.server.devices[1].put("input", 10, bytes.fromhex("7fc00000"))
    points = (
        "{name: good, address: 1}, {name: power, address: 10, type: f32, table: input}, "
        "{name: night, address: 5, no_value: 1005}, {name: none, address: 900}"
    )
    running = await start_engine(flow(modbus_plant.url, {1: points}))
    await running.holds(2)
    [party] = running.engine.flows["f"].connections["bus"].diagnosis().parties
    assert party.bad == {
        "power (input 10)": "not a number",
        "night (holding 5)": "the device has no value",
        "none (holding 900)": "exception 2: illegal data address",
    }


async def test_when_the_device_restarts_values_come_again_by_themselves(
    modbus_plant: ModbusPlant, start_engine: StartEngine
) -> None:
    running = await start_engine(flow(modbus_plant.url, {1: "{name: a, address: 1}"}))
    await running.holds(2)
    await modbus_plant.stop()
    await running.until(lambda: running.kept[-1].meta["bad"])
    assert "not connected" in running.kept[-1].meta["bad"]["a"] or running.kept[-1].meta["bad"]["a"] == "no answer"
    await modbus_plant.start()
    await running.until(lambda: running.kept[-1].payload == {"a": 1001})


async def test_nobody_there_is_said_in_every_cycle(start_engine: StartEngine) -> None:
    running = await start_engine(flow(f"tcp://127.0.0.1:{next_free_port()}", {1: "{name: a, address: 1}"}))
    await running.holds(2)
    assert all("not connected" in message.meta["bad"]["a"] for message in running.kept)


async def test_a_serial_line_carries_the_same(pty_pair: PtyPair, start_engine: StartEngine) -> None:
    async with on_a_line(ModbusPlant({5: 100}), pty_pair):
        points = "{name: a, address: 1}, {name: b, address: 60}"
        running = await start_engine(flow(f"rtu:{pty_pair.device}", {5: points}))
        await running.holds(3)
        assert running.kept[-1].payload == {"a": 5001, "b": 5060}


async def test_on_a_serial_line_a_dead_unit_holds_up_nobody(pty_pair: PtyPair, start_engine: StartEngine) -> None:
    plant = ModbusPlant({1: 10, 2: 10})
    plant.server.silent.add(2)
    async with on_a_line(plant, pty_pair):
        point = "{name: a, address: 1}"
        running = await start_engine(flow(f"rtu:{pty_pair.device}", {1: point, 2: point}))
        await running.until(lambda: sum(message.payload == {"a": 1001} for message in of_unit(running, 1)) > 20, 30)
        dead = of_unit(running, 2)
        assert dead and all(message.meta["bad"] == {"a": "no answer"} for message in dead)
        assert requests_of(running, 2) < len(dead), "it is left alone, and its readings come all the same"


async def test_on_a_serial_line_a_late_answer_is_dropped_and_counted(
    pty_pair: PtyPair, start_engine: StartEngine
) -> None:
    plant = ModbusPlant({1: 10, 2: 10})
    async with on_a_line(plant, pty_pair):
        point = "{name: a, address: 1}"
        running = await start_engine(flow(f"rtu:{pty_pair.device}", {1: point, 2: point}))
        await running.until(lambda: of_unit(running, 1) and of_unit(running, 2))
        plant.server.devices[1].tables["holding"][1] = 7
        plant.server.delay_s[1] = 0.5
        await running.until(lambda: of_unit(running, 1)[-1].meta["bad"])
        plant.server.devices[1].tables["holding"][1] = 9
        plant.server.delay_s.clear()
        await running.until(lambda: of_unit(running, 1)[-1].payload == {"a": 9}, 15)
        assert all(message.payload in ({"a": 1001}, {}, {"a": 9}) for message in of_unit(running, 1))
        assert all(message.payload in ({"a": 2001}, {}) for message in of_unit(running, 2))
        framing = running.engine.flows["f"].connections["bus"].bus.exchange.framing
        assert framing.late + framing.noise_bytes, "it came, and is counted"


async def test_a_line_that_flaps_brings_no_old_value(modbus_plant: ModbusPlant, start_engine: StartEngine) -> None:
    device = modbus_plant.server.devices[1]
    device.tables["holding"][1] = 1
    running = await start_engine(flow(modbus_plant.url, {1: "{name: a, address: 1}"}))
    await running.holds(1)
    for number in range(2, 12):
        modbus_plant.server.hang_up()
        device.tables["holding"][1] = number
        told = len(running.kept)
        await running.until(lambda number=number: running.payloads[-1] == {"a": number})
        assert all(payload in ({}, {"a": number - 1}, {"a": number}) for payload in running.payloads[told:])
    values = [payload["a"] for payload in running.payloads if payload]
    assert values == sorted(values), "never an earlier one"


@pytest.mark.parametrize("jump_s", [-7200, 7200])
async def test_a_clock_that_is_set_holds_up_no_reading(
    modbus_plant: ModbusPlant, start_engine: StartEngine, monkeypatch: pytest.MonkeyPatch, jump_s: int
) -> None:
    text = flow(modbus_plant.url, {1: "{name: a, address: 1}"}, "every: 50ms, each: true")
    running = await start_engine(
        text.replace("to: got}", "to: [got, latest]}") + "  latest: {type: rtdb_write, key: k}\n"
    )
    await running.holds(2)
    monkeypatch.setattr(SystemClock, "time_ns", staticmethod(lambda: time.time_ns() + jump_s * 10**9))
    modbus_plant.server.devices[1].tables["holding"][1] = 7
    await running.until(lambda: running.payloads[-1] == {"value": 7})
    await running.until(lambda: running.engine.rtdb.get("k").value == 7)
    assert abs(running.kept[-1].time_ns - SystemClock.time_ns()) < 60e9


@pytest.mark.parametrize(("scheme", "framer"), [("tcp", "SOCKET"), ("rtu+tcp", "RTU"), ("ascii+tcp", "ASCII")])
async def test_an_independent_server_is_read_right(start_engine: StartEngine, scheme: str, framer: str) -> None:
    port = next_free_port()
    registers = [SimData(0, values=list(range(100, 150)), datatype=DataType.REGISTERS)]
    device = SimDevice(3, simdata=registers)
    server = ModbusTcpServer(device, framer=FramerType[framer], address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    try:
        points = "{name: a, address: 0}, {name: b, address: 49}, {name: none, address: 50}"
        running = await start_engine(flow(f"{scheme}://127.0.0.1:{port}", {3: points}))
        await running.holds(3)
        assert running.kept[-1].payload == {"a": 100, "b": 149}
        assert set(running.kept[-1].meta["bad"]) == {"none"}
    finally:
        await server.shutdown()


def test_flow_tests_send_points_by_name() -> None:
    points = "[{name: t, address: 0, unit: °C}, {name: u, address: 1}]"
    node: Any = make(ModbusIn, f"{{connection: bus, unit: 3, points: {points}}}")
    made = node.received(Message({"t": 21.5}))
    assert made.payload == {"t": 21.5} and made.meta == {"unit_id": 3, "bad": {"u": "not sent"}, "units": {"t": "°C"}}
    with pytest.raises(ValueError, match="none of its points"):
        node.received(Message({"x": 1}))


@pytest.mark.parametrize(
    ("points", "fault"),
    [
        ("[{name: a, address: 0}, {name: a, address: 1}]", "also the name of points.0"),
        ("[{name: a, address: 65535, type: f32}]", "behind the last address"),
        ("[{name: a, address: 0, table: coil, type: f32}]", "is a bool"),
        ("[{name: a, address: 0, type: text, scale: 2}]", "has no scale"),
    ],
)
def test_points_that_cannot_be_are_named(points: str, fault: str) -> None:
    config = make(ModbusIn, f"{{connection: bus, points: {points}}}").config
    assert any(fault in said for _, said in ModbusIn.check(config))
    assert not ModbusIn.check(make(ModbusIn, "{connection: bus, points: [{name: a, address: 0}]}").config)
    assert ModbusDevice().answer(b"") == bytes([0x80, 1])
