"""`connections`: one look says why a value is bad, and "read now" asks a device that was left alone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from nodes.polling import schedule
from tests.servers.modbus import ModbusPlant, modbus_plant
from tests.servers.opcua import OpcUaPlant, opcua_plant, opcua_server
from tests.servers.ports import next_free_port
from tests.servers.pty_pair import PtyPair, pty_pair
from tests.waiting import until
from tests.web_editor.conftest import House, close_house, open_house, settle_in

__all__ = ["modbus_plant", "opcua_plant", "opcua_server", "pty_pair"]
BUS = """flow: bus
connections:
  bus: {{type: modbus, url: "{url}", timeout: 100ms}}
  store: {{type: sql, url: "sqlite:///idle.db"}}
nodes:
  one: {{type: modbus_in, connection: bus, unit: 1, every: 100ms, to: end,
    points: [{{name: a, address: 1}}, {{name: b, address: 900}}]}}
  two: {{type: modbus_in, connection: bus, unit: 2, every: 100ms, to: keep,
    points: [{{name: a, address: 1}}]}}
  keep: {{type: sql_query, connection: store, query: "SELECT 1 AS one", to: end}}
  end: {{type: log, level: debug}}
"""


async def opened(tmp_path: Path, plant: ModbusPlant) -> House:
    house = await open_house(tmp_path, BUS.format(url=plant.url))
    settle_in(house)
    return house


async def report(house: House, connection: str = "bus", flow: str = "bus", role: str = "operator") -> Any:
    return (await house.call("GET", f"connections/{flow}/{connection}", None, role)).json


def device(found: Any, name: str) -> Any:
    return next((each for each in found["devices"] if each["name"] == name), None)


def user(found: Any, node: str) -> Any:
    return next(each for each in found["users"] if each["node"] == node)


async def test_one_look_says_which_register_is_refused_and_which_device_is_silent(
    tmp_path: Path, modbus_plant: ModbusPlant
) -> None:
    modbus_plant.server.silent.add(2)
    house = await opened(tmp_path, modbus_plant)

    async def told() -> bool:
        found = await report(house)
        one, two = device(found, "1"), device(found, "2")
        return bool(one and two and one["bad"] and two["reason"])

    await until(told)
    found = await report(house)
    one, two = device(found, "1"), device(found, "2")
    assert one["bad"] == {"b (holding 900)": "exception 2: illegal data address"} and one["reason"] == ""
    assert one["figures"]["round_trip_ms"] >= 0 and one["figures"]["exceptions"] >= 1
    assert two["reason"] == "no answer" and two["figures"]["timeouts"] >= 1
    assert found["figures"]["timeouts"] >= 1 and found["figures"]["late_answers"] == 0
    sent = [frame for frame in found["frames"] if frame["sent"] and frame["about"] == "1"]
    assert sent[0]["hex"].endswith("01 03 00 01 00 01")  # unit 1, read one holding register from 1
    assert (found["type"], found["up"], found["told"], found["can_read_now"]) == ("modbus", True, True, True)
    await close_house(house)


async def test_read_now_asks_a_device_that_is_left_alone(
    tmp_path: Path, modbus_plant: ModbusPlant, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SHORTEST_SILENCE_S", "LONGEST_SILENCE_S"):
        monkeypatch.setattr(schedule, name, 600.0)
    modbus_plant.server.silent.add(2)
    house = await opened(tmp_path, modbus_plant)

    async def left_alone() -> bool:
        two = device(await report(house), "2")
        return bool(two and two["figures"].get("timeouts"))

    await until(left_alone)
    modbus_plant.server.silent.clear()
    assert (await house.call("POST", "connections/bus/bus/read", {"device": "2"})).status == 204

    async def answers() -> bool:
        return device(await report(house), "2")["reason"] == ""

    await until(answers)
    await close_house(house)


async def test_what_is_not_there_is_refused_and_what_tells_nothing_says_so(
    tmp_path: Path, modbus_plant: ModbusPlant
) -> None:
    house = await opened(tmp_path, modbus_plant)
    assert (await house.call("GET", "connections/bus/none")).status == 404
    assert (await house.call("GET", "connections/none/bus")).status == 404
    assert (await house.call("POST", "connections/bus/bus/read", {"device": "77"})).status == 422
    assert (await house.call("POST", "connections/bus/bus/read", {"device": "x"})).status == 422
    store = await report(house, "store")
    assert (store["told"], store["devices"], store["frames"]) == (False, [], [])
    await close_house(house)


SERIAL = """flow: line
connections:
  port: {{type: serial, port: "{device}"}}
nodes:
  in: {{type: serial_in, connection: port, to: frames}}
  frames: {{type: frame_decode, framing: delimited, end: "\\r", format: text, to: end, on_error: end}}
  end: {{type: log, level: debug}}
"""


async def test_a_serial_port_shows_its_bytes_its_silence_and_its_last_frames(tmp_path: Path, pty_pair: PtyPair) -> None:
    house = await open_house(tmp_path, SERIAL.format(device=pty_pair.device))
    settle_in(house)

    async def up() -> bool:
        return bool((await report(house, "port", "line"))["up"])

    await until(up)
    pty_pair.write(b"  12.5 kg\r")

    async def heard() -> bool:
        return bool((await report(house, "port", "line"))["figures"].get("bytes_heard"))

    await until(heard)
    found = await report(house, "port", "line")
    assert found["figures"]["bytes_heard"] == 10 and found["figures"]["silent_for_s"] < 60
    assert "".join(frame["hex"] for frame in found["frames"]).replace(" ", "") == b"  12.5 kg\r".hex()
    assert (found["type"], found["told"], found["can_read_now"]) == ("serial", True, False)
    pty_pair.write(b"\xff\xfe\r")

    async def refused() -> bool:
        return bool(user(await report(house, "port", "line"), "frames")["refused"])

    await until(refused)
    users = (await report(house, "port", "line"))["users"]
    assert [(each["node"], each["type"]) for each in users] == [("in", "serial_in"), ("frames", "frame_decode")]
    assert user({"users": users}, "frames")["refused"] == {"frame not_utf8": 1}
    pty_pair.unplug()

    async def gone() -> bool:
        return not (await report(house, "port", "line"))["up"]

    await until(gone)
    assert str(pty_pair.device) in (await report(house, "port", "line"))["detail"]
    await close_house(house)


BROKER = """flow: line
connections:
  broker: {{type: mqtt, embedded: true, url: "mqtt://127.0.0.1:{port}", username: me, password: sesame-of-the-broker}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: hall/+, qos: 1, to: end}}
  tick: {{type: inject, every: 100ms, payload: 21.5, to: out}}
  out: {{type: mqtt_out, connection: broker, topic: hall/t}}
  end: {{type: log, level: debug}}
"""


async def test_a_broker_shows_what_goes_over_its_line_and_never_the_password(tmp_path: Path) -> None:
    house = await open_house(tmp_path, BROKER.format(port=next_free_port()))
    settle_in(house)

    async def came() -> bool:
        found = await report(house, "broker", "line")
        return bool(found["devices"] and found["devices"][0]["figures"]["received"] > 1)

    await until(came)
    found = await report(house, "broker", "line")
    [broker] = found["devices"]
    assert (broker["reason"], broker["bad"]) == ("", {}) and broker["figures"]["published"] > 1
    assert {each["node"] for each in found["users"]} == {"in", "out"}
    frames = [frame["hex"].replace(" ", "") for frame in found["frames"]]
    assert any(b"hall/t".hex() in frame for frame in frames), "the frames of messages are there"
    assert found["frames"][0]["length"] > 20 and frames[0] == "", "of CONNECT there is its length alone"
    assert not any(b"sesame".hex() in frame for frame in frames)
    seen = await report(house, "broker", "line", "viewer")
    assert seen["frames"] == [] and seen["figures"]["bytes_heard"] > 0, "who may see no messages sees no frames"
    await close_house(house)


MACHINE = """flow: line
connections:
  machine: {{type: opcua, url: "{url}", timeout: 2s}}
nodes:
  in: {{type: opcua_in, connection: machine, every: 50ms, to: end, points: [
    {{name: t, address: "ns=2;s=t"}}, {{name: nowhere, address: "ns=2;s=nowhere"}}]}}
  end: {{type: log, level: debug}}
"""


async def test_an_opc_ua_server_shows_which_node_is_bad_and_why_it_is_away(
    tmp_path: Path, opcua_plant: OpcUaPlant
) -> None:
    house = await open_house(tmp_path, MACHINE.format(url=opcua_plant.url))
    settle_in(house)

    async def server() -> Any:
        found = await report(house, "machine", "line")
        return found["devices"][0] if found["devices"] else None

    async def told() -> bool:
        found = await server()
        return bool(found and found["bad"] and found["figures"]["readings"] >= 2)

    await until(told)
    found = await server()
    assert found["bad"] == {"nowhere (ns=2;s=nowhere)": "BadNodeIdUnknown"} and found["reason"] == ""
    assert (found["figures"]["points"], found["figures"]["bad_points"]) == (2, 1)
    whole = await report(house, "machine", "line")
    assert whole["figures"]["polls"] > 0 and whole["figures"]["round_trip_ms"] > 0
    asked = [frame["about"] for frame in whole["frames"]]
    assert any(each.startswith("Read: ") and each.endswith(" ms") for each in asked)
    await asyncio.to_thread(opcua_plant.stop)

    async def away() -> bool:
        return bool((await server())["reason"])

    await until(away)
    assert not (await report(house, "machine", "line"))["up"]
    await close_house(house)
