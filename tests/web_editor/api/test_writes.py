"""A set-point of a page: pressed by whoever may, within its limits, and its journal says who wrote what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flowengine import Message
from tests.servers.modbus import ModbusPlant, modbus_plant
from tests.waiting import until
from tests.web_editor.conftest import House, close_house, open_house, settle_in
from web_editor.api.pages import SHOWN_WRITES

__all__ = ["modbus_plant"]
FLOW = """flow: heater
connections:
  bus: {{type: modbus, url: "{url}", timeout: 300ms}}
nodes:
  set: {{type: modbus_out, connection: bus, unit: 1, to: told, points: [
    {{name: sp, address: 20, scale: 0.1, min: 10, max: 40}}, {{name: other, address: 21}}]}}
  far: {{type: modbus_out, connection: bus, unit: 2, to: told,
    points: [{{name: sp, address: 20, scale: 0.1, max: 20}}]}}
  told: {{type: log, level: debug}}
pages:
  p:
    title: P
    widgets:
      t: {{type: setpoint, title: T, key: sp, point: sp, min: 10, max: 60, unit: °C, to: set}}
      o: {{type: setpoint, title: O, key: other, point: other, min: 0, max: 9, to: set}}
      both: {{type: setpoint, title: B, key: sp, point: sp, min: 10, max: 60, to: [set, far]}}
      b: {{type: button, title: B, to: set}}
"""
T = "flows/heater/pages/p/widgets/t"


async def writes(house: House, widget: str = "t") -> list[Any]:
    return list((await house.call("GET", f"flows/heater/pages/p/widgets/{widget}/writes")).json["items"])


async def told(house: House, count: int, widget: str = "t") -> list[Any]:
    async def all_there() -> bool:
        found = await writes(house, widget)
        return len(found) == count and all(each["result"] for each in found)

    await until(all_there)
    return await writes(house, widget)


async def test_who_wrote_what_is_in_the_journal_with_old_value_and_read_back(
    tmp_path: Path, modbus_plant: ModbusPlant
) -> None:
    house = await open_house(tmp_path, FLOW.format(url=modbus_plant.url))
    settle_in(house)

    async def up() -> bool:
        return bool((await house.call("GET", "connections/heater/bus")).json["up"])

    await until(up)
    modbus_plant.server.devices[1].tables["holding"][20] = 150
    answer = await house.call("POST", T, {"value": 21.5})
    assert answer.status == 202, answer.json
    [write] = await told(house, 1)
    assert write["by"] and {key: write[key] for key in ("point", "value", "old", "read_back", "result")} == {
        "point": "sp", "value": 21.5, "old": 15.0, "read_back": 21.5, "result": "written"
    }  # fmt: skip
    await house.call("POST", "flows/heater/pages/p/widgets/o", {"value": 3})
    answer = await house.call("POST", T, {"value": 50})  # within the widget's range, not the device's
    assert answer.problem == "flow-refused" and "above the greatest value allowed, 40" in answer.json["detail"]
    refused, _ = await told(house, 2)
    assert refused["result"] == "refused" and "above the greatest value allowed, 40" in refused["reason"]
    assert [each["point"] for each in await writes(house, "o")] == ["other"]
    assert modbus_plant.server.devices[1].tables["holding"][20] == 215
    await close_house(house)


async def test_a_busy_neighbour_hides_no_write_of_this_point(tmp_path: Path, modbus_plant: ModbusPlant) -> None:
    house = await open_house(tmp_path, FLOW.format(url=modbus_plant.url))
    settle_in(house)
    await house.call("POST", T, {"value": 50})  # refused by the device's range: told without asking the device
    node = house.engine.flows["heater"].stations["set"].node
    await node.write([Message({"other": "no number"}) for _ in range(SHOWN_WRITES + 5)])
    assert len(await writes(house, "o")) == SHOWN_WRITES
    assert [each["point"] for each in await writes(house)] == ["sp"]
    await close_house(house)


async def test_what_is_out_of_the_widgets_range_reaches_no_node(tmp_path: Path, modbus_plant: ModbusPlant) -> None:
    house = await open_house(tmp_path, FLOW.format(url=modbus_plant.url))
    settle_in(house)
    for value in (9.9, 60.1, "20", None, True):
        assert (await house.call("POST", T, {"value": value})).status == 400
    assert await writes(house) == []
    assert (await house.call("GET", "flows/heater/pages/p/widgets/b/writes")).status == 422
    assert (await house.call("GET", "flows/heater/pages/p/widgets/none/writes")).status == 404
    await close_house(house)


async def test_a_set_point_that_goes_to_several_nodes_says_what_became_of_each(
    tmp_path: Path, modbus_plant: ModbusPlant
) -> None:
    house = await open_house(tmp_path, FLOW.format(url=modbus_plant.url))
    settle_in(house)

    async def up() -> bool:
        return bool((await house.call("GET", "connections/heater/bus")).json["up"])

    await until(up)
    both = await house.call("POST", "flows/heater/pages/p/widgets/both", {"value": 30})
    assert both.problem == "flow-refused" and "above the greatest value allowed, 20" in both.json["detail"]
    found = await told(house, 2, "both")
    assert {each["node"]: each["result"] for each in found} == {"set": "written", "far": "refused"}
    assert [each["node"] for each in await writes(house)] == ["set"], "the other widget goes to one of them alone"
    assert modbus_plant.writes == [(1, "holding", 20, 300)]
    await close_house(house)
