"""Croissance on real servers: mosquitto, PostgreSQL, the engine as a process that is killed. Rows C1 to C15."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import expect

from nodes.clients.mqtt import Publication
from tests.examples.conftest import EXAMPLES, ExampleProcess, Started, subscribed
from tests.examples.databases import ExampleDatabase
from tests.examples.ledgered import Devices, Made
from tests.examples.listening import Heard, listening
from tests.examples.visitor import add_user, visiting
from tests.faults.amounts import crowding
from tests.faults.engine_process import EngineProcess
from tests.servers.mosquitto import Mosquitto
from tests.servers.postgres import Postgres
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

SENSORS = 120
RATE = 240.0
MANY = 2000
STORED = "SELECT module_id, sensor_type, time, value FROM measurements WHERE module_id LIKE 'house%'"
COUNTED = "SELECT count(*) FROM measurements WHERE module_id LIKE 'house%'"
BAD = b"\xc3\x28 no text"


@pytest.fixture
async def history(postgres: Postgres) -> ExampleDatabase:
    """An empty database."""
    made = ExampleDatabase(postgres.url)
    await made.make()
    return made


@pytest.fixture
async def broker(new_mosquitto: Callable[..., Mosquitto]) -> Mosquitto:
    """A broker that nobody else uses: the flow subscribes to everything."""
    return new_mosquitto()


@pytest.fixture
async def engine(example: Started, broker: Mosquitto, history: ExampleDatabase) -> AsyncIterator[EngineProcess]:
    """The example, running."""
    async with example("croissance", MQTT_URL=broker.url, DATABASE_URL=history.url) as process:
        await subscribed(broker, "+/#")
        yield process


def measure(n: int) -> Made:
    """The n-th measure of 120 sensors: 40 modules with three each; its time is what makes it unique."""
    module, sensor = f"house{n % SENSORS // 3}", ("co2", "temperature", "humidity")[n % 3]
    moment = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    payload = json.dumps({"value": float(n), "time": moment}).encode()
    return (module, sensor, moment, float(n)), Publication(f"{module}/{sensor}", payload, 1)


def latencies_ms(heard: Heard, sent_at: dict[float, float]) -> list[float]:
    """From just before a measure was published to when the browser had it, sorted."""
    values = [(at_s, line["data"]["value"]) for at_s, line in heard if line["event"] == "mqtt-message"]
    return sorted((at_s - sent_at[value]) * 1000 for at_s, value in values if value in sent_at)


def same_time(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row of the database as the ledger has it."""
    module, sensor, moment, value = row
    whole, _, part = moment.rstrip("Z").partition(".")
    return module, sensor, f"{whole}.{part.ljust(6, '0')}Z", value


async def test_nothing_acknowledged_is_lost_and_writes_are_a_tenth(
    engine: EngineProcess, broker: Mosquitto, history: ExampleDatabase, postgres: Postgres
) -> None:
    """C4, C6, C10, C13, C14: 120 sensors; kill -9, then the database away; the ledger agrees with the table."""
    sent_at: dict[float, float] = {}

    def timed(n: int) -> Made:
        sent_at[float(n)] = time.time()
        return measure(n)

    async with Devices(broker.url, timed, RATE) as devices:
        async with listening(f"{engine.url}/live") as heard:
            await until(lambda: len(devices.acknowledged) > 8 * RATE)
        took_ms = latencies_ms(heard, sent_at)
        for _ in range(7):
            await devices.send("house0/co2", BAD)
        assert await rejected(engine, 7) == 7
        transactions = await engine.metric("events_total", reason="transactions")  # of all tables together
        came = await engine.metric("sent_messages_total", node="modules")
        await engine.kill()
        await engine.start()
        await history.until(COUNTED, lambda rows: rows and rows[0][0] > 11 * RATE)
        postgres.kill()
        before = len(devices.acknowledged)
        await until(lambda: len(devices.acknowledged) > before + 4 * RATE)
        postgres.start()
        await devices.stop()
        await history.until(COUNTED, lambda rows: rows and rows[0][0] >= len(devices.acknowledged), 60)
    rows = await history.ask(STORED)
    stored = {same_time(row) for row in rows}
    middle, most, worst = (took_ms[len(took_ms) * part // 100] for part in (50, 95, 99))
    share = transactions / came
    print(
        f"\n{len(stored)} measures of {SENSORS} sensors stored, 7 rejected; live after {middle:.1f} ms (median), "
        f"{most:.1f} ms (95 %), {worst:.1f} ms (99 %); "
        f"{transactions:.0f} transactions for {came:.0f} messages ({share:.1%})"
    )
    assert stored == devices.acknowledged and len(rows) == len(stored) and not devices.uncertain
    assert len({key[:2] for key in devices.acknowledged}) == SENSORS > 100
    assert (
        len(took_ms) > 4 * RATE and middle < 100 * crowding()
    )  # the slowest ones are the other work's: ./dev bench example
    assert share <= 0.1


async def rejected(engine: EngineProcess, at_least: int) -> float:
    """How many messages are in the dead letters, once there are so many."""
    count = 0.0
    async with asyncio.timeout(60):
        while count < at_least:
            count = await engine.metric("passed_messages_total", node="rejected")
    return count


async def test_status_hardware_and_questions(
    engine: EngineProcess, broker: Mosquitto, history: ExampleDatabase
) -> None:
    """C2, C3, C7, C8, C9, C12: every topic of the original ends in its table, and the routes answer in camelCase."""
    said = [
        ("croissance/system/config", {"ip": "10.0.0.7", "uptimeStart": 1, "memory": {"heapTotalKb": 320}}),
        ("croissance/system", {"rssi": "-45", "memory": {"heapFreeKb": 123, "heapMinFreeKb": 45}}),
        ("croissance/hardware/config", {"chip": {"model": "ESP32", "rev": 3, "cpuFreqMhz": 240}}),
        ("croissance/sensors/status", {"co2": "ok"}),
        ("croissance/co2", {"value": "450.5", "time": measured()}),
        ("croissance/co2", {"value": "", "time": measured(1)}),
        ("croissance/dht22/humidity", 55),
    ]
    async with Devices(broker.url) as devices:
        for topic, payload in said * 2:  # everything twice: upserts make one row of it
            await devices.send(topic, json.dumps(payload).encode())
    await history.until("SELECT value FROM measurements WHERE sensor_type = 'humidity'", bool)
    values = await history.ask("SELECT value FROM measurements WHERE sensor_type = 'co2' AND module_id = 'croissance'")
    assert sorted(map(str, values)) == ["(450.5,)", "(None,)"]
    async with aiohttp.ClientSession(engine.url) as http:
        modules = await answered(http, "/api/modules")
        assert {"moduleId", "lastSeen", "rssi", "chipModel"} <= set(modules[0])
        data = await answered(http, "/api/modules/croissance/data?sensor=co2")
        assert [row["value"] for row in data["data"] if row["value"] is not None] == [450.5]
        known = ("ip", "rssi", "heapFreeKb", "heapMinFreeKb", "heapTotalKb", "chipModel", "cpuFreqMhz")
        assert data["status"]["moduleId"] == "croissance"
        assert [data["status"][key] for key in known] == ["10.0.0.7", -45, 123, 45, 320, "ESP32", 240]
        assert (await answered(http, "/api/db-size"))[0]["sizeBytes"] > 0
        assert "measurements" in [row["tableName"] for row in await answered(http, "/api/storage")]
        assert isinstance(await answered(http, "/api/metrics-history"), list)
        async with http.get("/api/modules/nobody/data") as answer:
            assert answer.status == 404


async def test_a_frozen_database_is_told_within_10_s(
    broker: Mosquitto, history: ExampleDatabase, postgres: Postgres, tmp_path: Path, chromium: Path
) -> None:
    """C5: frozen, then killed with many more than a thousand measures waiting: alarm and page say so, none is lost."""
    add_user(tmp_path / "data")
    where = {"MQTT_URL": broker.url, "DATABASE_URL": history.url}
    text = (EXAMPLES / "croissance" / "croissance.yaml").read_text()
    waiting, begun_s = "Mesures en attente de la base de données", time.time()
    async with (
        ExampleProcess(tmp_path, text, environment=where, editor=True) as engine,
        visiting(chromium, engine.url) as page,
        Devices(broker.url) as devices,
    ):
        await subscribed(broker, "+/#")
        await page.goto("/page/croissance/climate")
        alarms = page.get_by_role("region", name="Alarmes", exact=True)
        shown = page.get_by_role("region", name="Mesures en attente", exact=True)
        for turn, (begin, end) in enumerate(((postgres.freeze, postgres.resume), (postgres.kill, postgres.start)), 1):
            begin()
            try:
                for n in range(MANY):  # a second apart, so that each is a row of its own
                    moment = measured(turn * MANY + n, begun_s)
                    await devices.send("house0/co2", json.dumps({"value": n, "time": moment}).encode())
                await warned(engine, 2 * turn - 1)
                await expect(alarms).to_contain_text(waiting)
                await expect(shown).to_contain_text(re.compile(r"\d[ ,]\d{3}.*mesures"))
            finally:
                end()
            await history.until(COUNTED, lambda rows, turn=turn: rows == [(turn * MANY,)])
            await warned(engine, 2 * turn, 60)
            await expect(alarms).not_to_contain_text(waiting)


async def warned(engine: EngineProcess, times: int, within_s: float = 60) -> None:
    """Return once so many warnings came and went."""
    async with asyncio.timeout(within_s):
        while await engine.metric("passed_messages_total", node="warned") < times:  # noqa: ASYNC110 - a process cannot tell
            await asyncio.sleep(0.2)


async def test_two_processes_divide_what_is_stored_and_each_shows_all(
    broker: Mosquitto, history: ExampleDatabase, tmp_path: Path
) -> None:
    """C10: `SHARE`: twenty measures are stored once, and the browsers of both processes see all twenty."""
    text = (EXAMPLES / "croissance" / "croissance.yaml").read_text()
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    where = {"MQTT_URL": broker.url, "DATABASE_URL": history.url, "SHARE": "growers"}
    async with (
        ExampleProcess(tmp_path / "a", text, environment=where) as one,
        ExampleProcess(tmp_path / "b", text, environment=where) as other,
        listening(f"{one.url}/live") as heard,
        listening(f"{other.url}/live") as heard_too,
        Devices(broker.url) as devices,
    ):
        for n in range(20):
            await devices.send("house0/co2", json.dumps({"value": n, "time": measured(n)}).encode())
        await history.until(COUNTED, lambda rows: rows == [(20,)])
        shares = [await process.metric("sent_messages_total", node="modules") for process in (one, other)]
        await until(lambda: len(heard) >= 20 and len(heard_too) >= 20)
    assert [sorted(line["data"]["value"] for _, line in lines) for lines in (heard, heard_too)] == [list(range(20))] * 2
    assert sum(shares) == 20 and min(shares) > 0


async def test_a_configuration_reaches_module_and_browsers(engine: EngineProcess, broker: Mosquitto) -> None:
    """C11, C15: 204 once the broker has it, retained; config-update to browsers; nonsense is refused by its schema.

    Zod's types are replaced by a JSON Schema, Socket.IO's clustering by `SHARE`.
    """
    wanted = {"sensors": {"co2": {"interval": 60}}}
    async with listening(f"{engine.url}/live") as heard, aiohttp.ClientSession(engine.url) as http:
        async with http.post("/api/modules/croissance/config", json=wanted) as answer:
            assert answer.status == 204
        async with http.post("/api/modules/croissance/config", json={"sensors": {"co2": {"interval": 0}}}) as answer:
            assert answer.status == 422 and "at least 1" in await answer.text()
        await until(lambda: [line for _, line in heard if line["event"] == "config-update"])
    assert [line["data"]["metadata"] for _, line in heard] == [wanted]
    async with Devices(broker.url) as module:  # it was away when its configuration was published
        assert json.loads(await module.heard("croissance/sensors/config")) == wanted


async def test_the_broker_may_want_a_password_and_go_away(
    example: Started, new_mosquitto: Callable[..., Mosquitto], history: ExampleDatabase
) -> None:
    """C1: user and password in the address; after the broker's restart the flow is connected and subscribed again."""
    broker = new_mosquitto(guarded=True)
    url = f"mqtt://{broker.user}:{broker.password}@{broker.host}:{broker.password_port}"
    farm = "SELECT value FROM measurements WHERE module_id = 'farm'"
    async with example("croissance", MQTT_URL=url, DATABASE_URL=history.url), Devices(url) as devices:
        await subscribed(broker, "+/#")
        await devices.send("farm/co2", b"1")
        await history.until(farm, lambda rows: rows == [(1.0,)])
        broker.restart()
        await devices.send("farm/co2", b"2")
        await history.until(farm, lambda rows: len(rows) == 2)


async def answered(http: aiohttp.ClientSession, path: str) -> Any:
    """The JSON of an answer."""
    async with http.get(path) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


def measured(ago_s: float = 0, now_s: float | None = None) -> str:
    """A time as modules write it."""
    return (
        datetime.fromtimestamp(int(time.time() if now_s is None else now_s) - ago_s, UTC)
        .isoformat()
        .replace("+00:00", "Z")
    )
