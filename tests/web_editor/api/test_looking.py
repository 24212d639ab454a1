"""Picking points from a server and reading them before anything is deployed, through the API."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.servers.modbus import ModbusPlant
from tests.servers.opcua import OpcUaPlant
from tests.servers.ports import next_free_port
from tests.web_editor.conftest import House

pytestmark = pytest.mark.timeout(180)  # making the server of OPC UA takes seconds of a processor
TEXT = """flow: more
connections:
  machine: {{type: opcua, url: '{url}', timeout: 5s}}
  bus: {{type: modbus, url: '{bus}', timeout: 300ms}}
  away: {{type: opcua, url: 'opc.tcp://127.0.0.1:{nobody}'}}
nodes:
  watched: {{type: opcua_in, connection: machine, every: 1h, each: true, to: out, points: [
    {{name: t, address: 'ns=2;s=t', unit: °C}}, {{name: none, address: 'ns=2;s=nowhere'}}]}}
  polled: {{type: modbus_in, connection: bus, unit: 1, every: 1h, to: out, points: [
    {{name: a, address: 3, unit: V, scale: 0.1}}, {{name: far, address: 900}}]}}
  silent: {{type: modbus_in, connection: bus, unit: 9, to: out, points: [{{name: a, address: 3}}]}}
  lost: {{type: opcua_in, connection: away, to: out, points: [{{name: t, address: 'ns=2;s=t'}}]}}
  wrong: {{type: modbus_in, connection: bus, points: [{{name: a, address: 70000}}], to: out}}
  tick: {{type: inject, every: 1h, to: out}}
  out: {{type: log}}
"""


@pytest.fixture
async def bus() -> AsyncIterator[ModbusPlant]:
    """One meter with forty registers."""
    plant = ModbusPlant({1: 40}, {})
    await plant.start()
    yield plant
    await plant.stop()


@pytest.fixture
async def written(house: House, opcua_plant: OpcUaPlant, bus: ModbusPlant) -> House:
    """The house with a draft that nobody deployed."""
    text = TEXT.format(url=opcua_plant.url, bus=bus.url, nobody=next_free_port())
    await house.call("PUT", "flows/more", {"text": text}, If_None_Match="*")
    return house


async def test_points_are_read_as_the_draft_has_them(written: House) -> None:
    async def read(node: str) -> dict[str, tuple[object, str, str]]:
        found = await written.call("POST", f"flows/more/nodes/{node}/read", {}, "integrator")
        return {point["name"]: (point["value"], point["unit"], point["reason"]) for point in found.json["points"]}

    assert await read("watched") == {"t": (21.5, "°C", ""), "none": (None, "", "BadNodeIdUnknown")}
    assert await read("polled") == {"a": (100.3, "V", ""), "far": (None, "", "exception 2: illegal data address")}
    assert (await read("silent"))["a"][2] == "no answer"


async def test_what_cannot_be_read_says_why(written: House) -> None:
    lost = await written.call("POST", "flows/more/nodes/lost/read", {}, "integrator")
    assert lost.problem == "refused" and "nothing listens there" in str(lost.json)
    for node, problem in {"tick": "refused", "wrong": "invalid-flow", "none": "not-found"}.items():
        assert (await written.call("POST", f"flows/more/nodes/{node}/read", {}, "integrator")).problem == problem
    assert (await written.call("POST", "flows/more/nodes/polled/read", {}, "operator")).status == 403


async def test_an_address_space_is_browsed_folder_by_folder(written: House, opcua_plant: OpcUaPlant) -> None:
    async def below(place: str, start: int = 0) -> dict[str, dict[str, object]]:
        asked = {"place": place, "start": start}
        found = await written.call("POST", "flows/more/connections/machine/browse", asked, "integrator")
        assert found.json["cut"] == (place == "" and start < 2000)
        return {each["name"]: each for each in found.json["found"]}

    top = await below("")
    assert len(top) == 1000 and not top["Server"]["is_point"] and next(iter(top)) == "Aliases"
    last = await below("", 2000)
    assert last["t"] == {
        "address": "ns=2;s=t", "name": "t", "is_point": True, "kind": "Double", "value": 21.5, "reason": "",
        "is_writable": True,
    }  # fmt: skip
    inside = await below(str(top["Server"]["address"]))
    assert inside["ServiceLevel"]["value"] == 255 and not inside["ServiceLevel"]["is_writable"]


@pytest.mark.parametrize("place", ["ns=2;s=nowhere", "rubbish", "ns=70000;i=1", "i=4294967296", "b=a", "é" * 900])
async def test_a_place_that_is_none_is_refused_in_words(written: House, place: str) -> None:
    found = await written.call("POST", "flows/more/connections/machine/browse", {"place": place}, "integrator")
    assert found.problem == "refused", found.json


async def test_only_what_can_be_browsed_is_by_who_may(written: House) -> None:
    browse = "flows/more/connections/{}/browse"
    assert (await written.call("POST", browse.format("bus"), {}, "integrator")).problem == "refused"
    assert (await written.call("POST", browse.format("none"), {}, "integrator")).status == 404
    assert (await written.call("POST", browse.format("machine"), {}, "operator")).status == 403
    away = await asyncio.wait_for(written.call("POST", browse.format("away"), {}, "integrator"), 30)
    assert away.problem == "refused" and "nothing listens there" in str(away.json)
