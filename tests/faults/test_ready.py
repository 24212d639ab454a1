"""`/readyz` of a live engine whose real servers die, hang and come back: named within five seconds as a rule.

How soon each probe judges is held in virtual time, in `tests/nodes/clients/test_probe.py`.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.faults.amounts import crowding
from tests.faults.engine_process import EngineProcess
from tests.faults.ledger import Publisher
from tests.servers.mosquitto import Mosquitto
from tests.servers.victoria_metrics import VictoriaMetrics
from tests.waiting import PATIENCE_S, eventually

SERVERS = ("mosquitto", "postgres", "mariadb", "influxdb1", "victoria_metrics")
TOLD_S = 5.0
FLOW = """
flow: plant
connections:
  mosquitto: {{type: mqtt, url: "{mosquitto}"}}
  postgres: {{type: sql, url: "{postgres}"}}
  mariadb: {{type: sql, url: "{mariadb}"}}
  influxdb1: {{type: influxdb, url: "{influxdb1}", version: 1, database: plant}}
  victoria_metrics: {{type: influxdb, url: "{victoria_metrics}", version: 1, database: plant}}
  unused: {{type: mqtt, url: "mqtt://127.0.0.1:1"}}
nodes:
  in: {{type: mqtt_in, connection: mosquitto, topic: ready/#, to: [to_postgres, to_mariadb, to_influx, to_victoria]}}
  to_postgres: {{type: sql_out, connection: postgres, table: ready, create: true, columns: {{v: payload}}}}
  to_mariadb: {{type: sql_out, connection: mariadb, table: ready, create: true, columns: {{v: payload}}}}
  to_influx: {{type: influxdb_out, connection: influxdb1, measurement: ready, fields: {{v: payload}}}}
  to_victoria: {{type: influxdb_out, connection: victoria_metrics, measurement: ready, fields: {{v: payload}}}}
"""


async def test_a_server_that_dies_or_hangs_is_named_before_a_message_meets_it(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    servers: dict[str, Any] = {name: request.getfixturevalue(name) for name in SERVERS}
    async with EngineProcess(tmp_path, FLOW.format(**{name: each.url for name, each in servers.items()})) as engine:
        await until_ready(engine)
        for faults in (dict.fromkeys(SERVERS, "kill"), dict.fromkeys(SERVERS, "freeze")):
            for name, fault in faults.items():
                await asyncio.to_thread(getattr(servers[name], fault))
            named = await told(engine, set(faults))
            assert set(named) == set(faults) and median(named.values()) < TOLD_S * crowding(), named
            broker = f"127.0.0.1:{servers['mosquitto'].port} does not answer"
            assert faults["mosquitto"] == "kill" or engine.says(f"not connected: {broker}"), "in the log, too"
            assert await engine.get("/readyz?local") == (200, "ready\n"), "what is ours is well"
            for name in faults:
                await asyncio.to_thread(servers[name].restore)
            await until_ready(engine)


async def told(engine: EngineProcess, wanted: set[str]) -> dict[str, float]:
    """After how many seconds each connection was named first, as far as it was at all."""
    began_s, named = time.monotonic(), dict[str, float]()
    while not wanted <= named.keys() and time.monotonic() < began_s + PATIENCE_S:
        for line in (await engine.get("/readyz"))[1].splitlines():
            name = line.removeprefix("plant/connection ").partition(":")[0]
            if name in servers_of(line):
                named.setdefault(name, time.monotonic() - began_s)
        await asyncio.sleep(0.05)
    return named


def servers_of(line: str) -> tuple[str, ...]:
    """The names that a line about a connection may have; a node that needs it stands behind."""
    return SERVERS if line.startswith("plant/connection ") and "; needed by " in line else ()


async def until_ready(engine: EngineProcess) -> None:
    """Wait until nothing is missing any more."""
    await eventually(lambda: engine.get("/readyz"), lambda answer: answer == (200, "ready\n"), pause_s=0.05)


async def test_a_delivery_that_hangs_is_named_with_its_node(
    victoria_metrics: VictoriaMetrics, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    topic = f"hangs/{tmp_path.name}"
    flow = f"""
flow: hangs
connections:
  broker: {{type: mqtt, url: "{mosquitto.url}"}}
  db: {{type: influxdb, url: "{victoria_metrics.url}", version: 1, database: plant, timeout: 10m}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: {topic}, to: out}}
  out: {{type: influxdb_out, connection: db, measurement: hangs, fields: {{n: n}}}}
"""
    async with EngineProcess(tmp_path, flow) as engine:
        await until_ready(engine)
        await asyncio.to_thread(victoria_metrics.freeze)
        async with Publisher(mosquitto.url, topic, 10), asyncio.timeout(60):
            while "hangs/out: a delivery has taken" not in (await engine.get("/readyz"))[1]:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
