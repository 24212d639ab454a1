"""Curves of numeric values: the last changes from RAM, what was before from disk."""

import sqlite3
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from flowengine.clock import SystemClock
from flowengine.store.rtdb import Point
from flowengine.store.trend_history import TrendHistory
from tests.waiting import until
from tests.web_editor.conftest import House, close_house, open_house
from web_editor.monitor.trends import MOST_POINTS, Ring, Trends

NOON_S = 1_800_000_000


async def test_a_trend_has_buckets_with_nothing_where_nothing_was(house: House) -> None:
    async def read(now_ms: float) -> Any:
        times = f"from_ms={now_ms - 60_000}&to_ms={now_ms + 60_000}"
        return (await house.call("GET", f"trends?key=c1&points=2&{times}")).json

    def in_a_second_ms() -> float:
        return house.engine.clock.time_ns() / 1e6 + 1000

    for value in (1, 5):
        await house.give("keep", {"key": "c1", "value": value})

    async def there() -> bool:
        return bool((await read(in_a_second_ms()))["max"][0] == 5)

    await until(there)
    found = await read(in_a_second_ms())
    assert len(found["at_ms"]) == 2 and found["max"] == [5, None]
    assert found["value"][1] is None and found["from"] == "ram"
    unwritten = await house.call("GET", "trends?key=nothing&points=2")
    assert unwritten.status == 200 and unwritten.json["value"] == [None, None]
    assert (await house.call("GET", "trends?key=c1&from_ms=5&to_ms=5")).problem == "bad-request"


async def test_a_first_value_that_comes_while_the_disk_is_read_stands_in_its_own_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = TrendHistory(tmp_path)
    trends = Trends(history, SystemClock())

    def read(_key: str, _from_s: float, _to_s: float) -> list[Any]:
        trends.take({"a": Point(5, (NOON_S + 15) * 10**9)})
        return []

    monkeypatch.setattr(history, "read", read)
    found = await trends.read("a", NOON_S * 1000, (NOON_S + 60) * 1000, 2)
    assert found.value == [5, None] and found.from_ == "ram"
    history.close()


async def test_a_trend_reaches_back_over_a_restart(tmp_path: Path) -> None:
    house = await open_house(tmp_path)
    for minute, value in enumerate((4, 8, 6)):
        at_ns = (NOON_S + minute * 60) * 10**9
        house.engine.rtdb.put([("c1", Point(value, at_ns, at_ns))])
        house.services.editing.trends.take({"c1": Point(value, at_ns, at_ns)})
    await close_house(house)
    house = await open_house(tmp_path)
    house.tokens = {"admin": house.services.access.tokens.add("admin", "admin")[1]}
    times = f"from_ms={(NOON_S - 60) * 1000}&to_ms={(NOON_S + 180) * 1000}"
    found = (await house.call("GET", f"trends?key=c1&points=4&{times}")).json
    assert found["value"] == [None, 4, 8, 6] and found["from"] == "history"
    finer = (await house.call("GET", f"trends?key=c1&points=8&{times}")).json
    assert finer["value"] == [None, None, 4, 4, 8, 8, 6, 6]
    await close_house(house)


async def test_minutes_in_ram_and_on_disk_are_one_curve(tmp_path: Path) -> None:
    history = TrendHistory(tmp_path)
    trends = Trends(history, SystemClock())
    for second in range(2 * MOST_POINTS):
        trends.take({"a": Point(second, (NOON_S + second) * 10**9)})
        if second == MOST_POINTS:
            await trends.save()
    found = await trends.read("a", NOON_S * 1000, (NOON_S + 2 * MOST_POINTS) * 1000, 2 * MOST_POINTS)
    assert found.value[-1] == 2 * MOST_POINTS - 1 and found.value[600] == 629.5
    assert None not in found.value and (found.min[0], found.max[0]) == (0, 59)
    history.close()


async def test_a_disk_that_takes_no_trends_is_logged_and_hurts_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowengine.store.database.opened", Mock(side_effect=sqlite3.OperationalError("disk full")))
    trends = Trends(TrendHistory(tmp_path), SystemClock())
    trends.take({"a": Point(1, NOON_S * 10**9)})
    await trends.save()
    assert "cannot keep trends" in caplog.text


def test_a_ring_keeps_the_last_changes_and_is_bounded() -> None:
    ring = Ring()
    for n in range(100_000):
        ring.add(n, n % 1000)
    rows = list(ring.between(0, 1e9))
    assert MOST_POINTS / 2 < len(rows) <= MOST_POINTS and rows[-1] == (99_999, 999)
    assert list(ring.between(99_998, 99_999)) == [(99_998, 998)]
