"""The pipelines of tests/vectors/pipelines.json through the running examples: message in, row, line or incident out.

Those of the edge's serial line and routes are in test_iotferme_edge.py and its flow tests.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.examples.conftest import EXAMPLES, subscribed
from tests.examples.ledgered import Devices
from tests.examples.listening import listening
from tests.faults.engine_process import EngineProcess
from tests.servers.fault_http import fault_server
from tests.servers.mosquitto import Mosquitto
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

PIPELINES = json.loads((Path(__file__).parents[1] / "vectors" / "pipelines.json").read_text("utf-8"))


def engine(folder: Path, name: str, **environment: str) -> EngineProcess:
    """An example."""
    return EngineProcess(folder, (EXAMPLES / name / f"{name}.yaml").read_text(), environment=environment)


def rows(database: Path, table: str) -> list[dict[str, Any]]:
    """What a table has; nothing while it is not there."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
        except sqlite3.OperationalError:
            return []


def holds(wanted: dict[str, Any], found: dict[str, Any]) -> bool:
    """Whether a row has all that is wanted; times as text in microseconds, "receive time" is any."""
    wanted = dict(wanted)
    time = wanted.pop("time", "receive time")
    if time != "receive time" and found["time"] != _stored(time):
        return False
    return all(found.get(name) == value for name, value in wanted.items())


def _stored(time: str) -> str:
    """A time as SQLite has it."""
    return datetime.fromisoformat(time).isoformat(timespec="microseconds").replace("+00:00", "Z")


async def test_croissance_stores_and_shows_what_the_pipelines_say(
    tmp_path: Path, new_mosquitto: Callable[..., Mosquitto]
) -> None:
    """C2, C3, C7, C8, C9, C10: rows, upserts that erase nothing, events."""
    broker, database = new_mosquitto(), tmp_path / "data" / "connections" / "croissance.db"
    pipelines = PIPELINES["croissance"]
    async with engine(tmp_path, "croissance", MQTT_URL=broker.url) as process, Devices(broker.url) as module:
        await subscribed(broker, "+/#")
        async with listening(f"{process.url}/live") as heard:
            for each in pipelines:
                await module.send(each["in"]["topic"], each["in"]["payload"].encode())
            await until(lambda: len(rows(database, "measurements")) == 3 and rows(database, "device_hardware"))
    for each in pipelines:
        if "row" in each:
            row = dict(each["row"])
            [_] = [found for found in rows(database, row.pop("table")) if holds(row, found)]
        else:
            upsert = each["upsert"]
            [found] = [found for found in rows(database, upsert["table"]) if holds(upsert["key"], found)]
            assert holds(upsert["set"], found), found
    events = [line for _, line in heard]
    assert len(events) == len(pipelines) and pipelines[0]["websocket"] == events[0]


async def test_the_cloud_writes_and_tells_what_the_pipelines_say(
    tmp_path: Path, new_mosquitto: Callable[..., Mosquitto]
) -> None:
    """F1, F3, F4: lines to the byte, none where there is no number, a letter for what is no report, incidents."""
    broker = new_mosquitto()
    async with fault_server() as influx:
        where = {"INFLUX_URL": influx.url, "INFLUX_VERSION": "1", "INFLUX_OFF": "false", "SQLITE_OFF": "true"}
        cloud = engine(tmp_path, "iotferme_cloud", MQTT_URL=broker.url, **where)
        async with cloud as process, Devices(broker.url) as edge, listening(f"{process.url}/live?room=*") as heard:
            for filter_ in ("telemetry/+", "status", "cmd"):
                await subscribed(broker, f"v1/farm/+/+/{filter_}")
            for each in PIPELINES["iotferme_cloud"]:
                await edge.send(each["in"]["topic"], each["in"]["payload"].encode())
            lines = [each["line"] for each in PIPELINES["iotferme_cloud"] if each.get("line")]
            kinds = {each["incident"]["type"] for each in PIPELINES["iotferme_cloud"] if "incident" in each}

            def told() -> set[str]:
                return {line["data"]["type"] for _, line in heard if line["event"] == "incident.new"}

            await until(lambda: told() >= kinds and len(points(influx.lines)) >= len(lines))
            assert await process.metric("rejected_messages_total", node="telemetry") == 1
    assert sorted(points(influx.lines)) == sorted(lines)


def points(lines: list[str]) -> list[str]:
    """Without the means."""
    return [line for line in lines if not line.startswith(("env_1m", "env_5m", "water_1m", "water_5m"))]
