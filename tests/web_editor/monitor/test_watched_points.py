"""Which point an alarm watches: what its node says, else what is written of the very same message."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import until
from tests.web_editor.conftest import House, close_house, open_house, settle_in

BEFORE = """flow: plant
nodes:
  sensors: {type: inject, every: 1h, payload: {value: 1}, to: %s}
  latest: {type: rtdb_write, key: "{topic}/temp", unit: °C%s}
  warm: {type: filter, where: payload.value > -99, to: hot}
  shifted: {type: set, values: {meta.x: 1}, to: hot}
  hot: {type: alert, by: "{topic}", limits: {hot_c: {key: limits/hot_c, default: 8}}, when: %s, to: said}
  said: {type: log, level: debug}
"""


@asynccontextmanager
async def running(folder: Path, to: str, more: str = "", when: str = "payload.value > hot_c") -> AsyncIterator[House]:
    house = await open_house(folder, BEFORE % (to, more, when))
    settle_in(house)
    yield house
    await close_house(house)


async def lines_of(house: House, point: str) -> list[Any]:
    found = (await house.call("GET", f"trends/marks?key={point}")).json
    return [(line["node"], line["name"], line["value"], line["above"]) for line in found["limits"]]


async def heard(house: House, value: float = 3) -> None:
    await house.give("sensors", {"value": value}, topic="c1")


@pytest.mark.parametrize(
    ("to", "more"),
    [
        ("[latest, hot]", ""),  # beside it
        ("[latest, warm]", ""),  # beside a filter before it
        ("latest", ", to: hot"),  # before it
        ("latest", ", to: warm"),
    ],
)
async def test_a_limit_is_known_before_any_alarm_was_raised(tmp_path: Path, to: str, more: str) -> None:
    async with running(tmp_path, to, more) as house:
        await heard(house)
        assert await until(lambda: lines_of(house, "c1/temp")) == [("hot", "hot_c", 8, True)]
        assert await lines_of(house, "c2/temp") == []


@pytest.mark.parametrize(
    ("to", "more", "when"),
    [
        ("[latest, shifted]", "", "payload.value > hot_c"),  # what leaves `set` may be another value
        ("[latest, hot]", ", value: payload.other", "payload.value > hot_c"),
        ("[latest, hot]", "", 'topic == "c9" and payload.value > hot_c'),
    ],
)
async def test_what_may_be_another_value_has_no_limit(tmp_path: Path, to: str, more: str, when: str) -> None:
    async with running(tmp_path, to, more, when) as house:
        await heard(house)
        assert await lines_of(house, "c1/temp") == []


async def test_a_node_that_names_its_point_is_believed(tmp_path: Path) -> None:
    when = 'topic == "c1" and payload.value > hot_c, point: "elsewhere/{topic}"'
    async with running(tmp_path, "[latest, shifted]", "", when) as house:
        await heard(house)
        assert await until(lambda: lines_of(house, "elsewhere/c1")) == [("hot", "hot_c", 8, True)]
        assert await lines_of(house, "c1/temp") == []


async def test_an_alarm_without_a_unit_has_that_of_its_point(tmp_path: Path) -> None:
    async with running(tmp_path, "[latest, hot]") as house:
        await heard(house, 9)
        (alarm,) = await until(lambda: _alarms(house))
        assert (alarm["point"], alarm["unit"], alarm["limits"][0]["name"]) == ("c1/temp", "°C", "hot_c")


async def _alarms(house: House) -> Any:
    return (await house.call("GET", "alarms")).json["items"]
