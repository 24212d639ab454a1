"""`modbus_out` through whole flows: journaled, at most once, read back; kills and cuts repeat nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from flowengine import Message
from flowengine.runtime.inject import inject
from flowengine.testing import make
from nodes.simulator.modbus_device import ModbusDevice
from nodes.sinks.modbus_out import ModbusOut
from tests.faults.amounts import amount
from tests.nodes.conftest import Running, StartEngine
from tests.servers.modbus import ModbusPlant
from tests.waiting import lasts, quiet_for

CUTS = amount("CUTS", 20, 1000)
POINTS = (
    "{name: sp, address: 20, scale: 0.1, unit: °C, min: 10, max: 60}, {name: run, address: 4, table: coil}, "
    "{name: f, address: 30, type: f32, swap: word}"
)


def flow(url: str, options: str = "", points: str = POINTS) -> str:
    return (
        f"flow: f\nconnections:\n  bus: {{type: modbus, url: '{url}', timeout: 200ms}}\n"
        f"nodes:\n  ask: {{type: inject, to: set}}\n"
        f"  set: {{type: modbus_out, connection: bus, unit: 1, points: [{points}], {options} to: got}}\n"
        "  keep: {type: rtdb_write, key: boiler/p}\n  got: {type: collect}\n"
    )


def send(running: Running, payload: Any, node: str = "set", **fields: Any) -> None:
    inject(running.engine.flows["f"], running.engine.services, node, Message(payload, **fields))


async def test_a_value_is_written_scaled_read_back_and_told_with_the_old_one(
    modbus_plant: ModbusPlant, start_engine: StartEngine, tmp_path: Path
) -> None:
    running = await start_engine(flow(modbus_plant.url))
    send(running, {"sp": 45.5}, meta={"by": "ada"})
    await running.holds(1)
    assert running.payloads[0] == {"point": "sp", "value": 45.5, "result": "written", "old": 102.0, "read_back": 45.5}
    assert modbus_plant.writes == [(1, "holding", 20, 455)]
    send(running, {"run": True, "f": 21.7})
    await running.holds(3)
    assert [each["result"] for each in running.payloads] == ["written"] * 3
    assert modbus_plant.server.devices[1].tables["coil"][4] == 1
    [journal] = tmp_path.rglob("set.db")
    with closing(sqlite3.connect(journal)) as database:
        rows = database.execute("SELECT by, point, value, old, read_back, result FROM writes").fetchall()
    assert rows[0] == ("ada", "sp", "45.5", "102.0", "45.5", "written")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [({"sp": 61}, "above the greatest"), ({"sp": 9.9}, "below the least"), ({"sp": "x"}, "no number"),
     ({"run": "maybe"}, "neither true nor false"), ({"sp": float("nan")}, "no number"), ({"f": 1e39}, "does not fit")],
)  # fmt: skip
async def test_what_may_not_be_written_is_refused_with_the_reason(
    modbus_plant: ModbusPlant, start_engine: StartEngine, payload: Any, reason: str
) -> None:
    running = await start_engine(flow(modbus_plant.url))
    send(running, payload)
    await running.holds(1)
    assert running.payloads[0]["result"] == "refused" and reason in running.payloads[0]["reason"]
    assert not modbus_plant.writes


async def test_an_old_command_is_not_written(modbus_plant: ModbusPlant, start_engine: StartEngine) -> None:
    running = await start_engine(flow(modbus_plant.url, "valid_for: 2s,"))
    send(running, {"sp": 20}, time_ns=running.engine.services.clock.time_ns() - 3_000_000_000)
    await running.holds(1)
    assert "valid for 2 s" in running.payloads[0]["reason"] and not modbus_plant.writes


async def test_the_interlock_looks_at_fresh_good_values_only(
    modbus_plant: ModbusPlant, start_engine: StartEngine
) -> None:
    options = "interlock: meta.p < 6, values: {p: {key: boiler/p, max_age: 300ms}},"
    running = await start_engine(flow(modbus_plant.url, options))
    send(running, {"sp": 20})
    await running.holds(1)
    assert "never written" in running.payloads[0]["reason"]
    for pressure, count in ((7, 2), (5, 3)):
        send(running, pressure, "keep")
        send(running, {"sp": 20 + count})
        await running.holds(count)
    assert "does not hold" in running.payloads[1]["reason"]
    assert running.payloads[2]["result"] == "written"
    await lasts(0.35, "a command that grows too old")
    send(running, {"sp": 30})
    await running.holds(4)
    assert "s old, at most" in running.payloads[3]["reason"]
    assert len(modbus_plant.writes) == 1


async def test_two_writes_of_a_point_keep_their_distance_also_over_a_restart(
    modbus_plant: ModbusPlant, start_engine: StartEngine, tmp_path: Path
) -> None:
    text = flow(modbus_plant.url, points="{name: sp, address: 20, min_interval: 1h}")
    running = await start_engine(text)
    send(running, {"sp": 1})
    send(running, {"sp": 2})
    await running.holds(2)
    assert [each["result"] for each in running.payloads] == ["written", "refused"]
    await running.engine.stop(1)
    again = await start_engine(text, tmp_path)
    send(again, {"sp": 3})
    await again.until(lambda: any(each["value"] == 3 for each in again.payloads))
    assert "must lie between" in again.payloads[-1]["reason"] and [value for *_, value in modbus_plant.writes] == [1]


async def test_a_device_that_does_not_take_the_value_differs(
    modbus_plant: ModbusPlant, start_engine: StartEngine
) -> None:
    device = modbus_plant.server.devices[1]
    device._write = lambda table, start, values: None  # type: ignore[method-assign]  # says yes and does nothing
    running = await start_engine(flow(modbus_plant.url, "read_back: 200ms,"))
    send(running, {"sp": 20})
    await running.holds(1)
    assert (running.payloads[0]["result"], running.payloads[0]["read_back"]) == ("differs", 102.0)


async def test_a_device_that_refuses_is_told_in_its_words(modbus_plant: ModbusPlant, start_engine: StartEngine) -> None:
    running = await start_engine(flow(modbus_plant.url, points="{name: none, address: 900}"))
    send(running, {"none": 20})
    await running.holds(1)
    assert running.payloads[0]["result"] == "refused" and "illegal data address" in running.payloads[0]["reason"]


async def test_without_a_device_nothing_waits_to_be_written_later(
    modbus_plant: ModbusPlant, start_engine: StartEngine
) -> None:
    running = await start_engine(flow(modbus_plant.url))
    await running.until(lambda: running.engine.flows["f"].connections["bus"].up)
    await modbus_plant.stop()
    send(running, {"sp": 20})
    await running.holds(1)
    await modbus_plant.start()
    await running.until(lambda: running.engine.flows["f"].connections["bus"].up)
    await quiet_for(0.3, "a command that failed is not written later")
    assert running.payloads[0]["result"] in ("refused", "no answer") and not modbus_plant.writes


class Cutting(ModbusDevice):
    """Takes a write and hangs up instead of answering."""

    cut: Any = None

    def answer(self, request: bytes) -> bytes:
        answer = super().answer(request)
        if request[0] in (5, 6, 15, 16) and self.cut is not None:
            self.cut()
        return answer


@pytest.mark.timeout(60 + 2 * CUTS)
async def test_no_cut_of_the_line_repeats_a_write(modbus_plant: ModbusPlant, start_engine: StartEngine) -> None:
    server = modbus_plant.server
    device = Cutting(lambda table, address, value: modbus_plant.writes.append((1, table, address, value)))
    device.tables = server.devices[1].tables
    device.cut, server.devices[1] = server.hang_up, device
    running = await start_engine(flow(modbus_plant.url, points="{name: sp, address: 20}"))
    await running.until(lambda: running.engine.flows["f"].connections["bus"].up)
    for number in range(CUTS):
        send(running, {"sp": number})
        await running.holds(number + 1)
        await running.until(lambda: running.engine.flows["f"].connections["bus"].bus.exchange.line.up)
    written = [value for _, _, _, value in modbus_plant.writes]
    assert written == sorted(set(written)), "each value at most once, in order"
    told = {each["value"]: each["result"] for each in running.payloads}
    assert all(told[value] == "no answer" for value in written)
    assert len(written) >= CUTS * 0.75


async def test_after_a_kill_what_was_open_has_no_answer_and_is_not_written_again(
    modbus_plant: ModbusPlant, start_engine: StartEngine, tmp_path: Path
) -> None:
    modbus_plant.server.delay_s[1] = 30.0  # it takes the write and answers when nobody waits any more
    first = await start_engine(flow(modbus_plant.url, "read_back: null,").replace("timeout: 200ms", "timeout: 20s"))
    send(first, {"sp": 20})
    await first.until(lambda: first.engine.flows["f"].stations["set"].inbox.messages == 0)
    await lasts(0.2, "the write on its way")
    await first.engine.stop(0.1)
    modbus_plant.server.delay_s.clear()
    before = list(modbus_plant.writes)
    again = await start_engine(flow(modbus_plant.url), tmp_path)
    await again.holds(1)
    assert again.payloads[0]["result"] == "no answer" and "stopped before" in again.payloads[0]["reason"]
    await quiet_for(0.3, "what may have been written is not written again")
    assert modbus_plant.writes == before


@pytest.mark.parametrize(
    ("points", "fault"),
    [
        ("[{name: a, address: 0, table: input}]", "only read"),
        ("[{name: a, address: 0, min: 5, max: 1}]", "above max"),
        ("[{name: a, address: 0, type: bit}]", "cannot be written"),
    ],
)
def test_points_that_cannot_be_written_are_named(points: str, fault: str) -> None:
    config = make(ModbusOut, f"{{connection: bus, points: {points}}}").config
    assert any(fault in said for _, said in ModbusOut.check(config))
