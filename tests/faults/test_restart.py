"""What comes back after kill -9 and after SIGTERM: latest values, alarms, seen keys, dead letters, open batches."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from flowengine.store import data_folder
from flowengine.store.dead_letters import DeadLetters
from nodes.clients.mqtt import MqttClient, MqttSettings
from tests.faults.conftest import Line
from tests.waiting import lasts, until

FLOW = """
flow: {name}
connections:
  broker: {{type: mqtt, url: "{url}", client_id: "{name}"}}
  db: {{type: sql, url: "sqlite:///{db}"}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: "{name}/{{device}}/n", format: json, to: [latest, hot, once, held]}}
  latest: {{type: rtdb_write, key: "{{device}}", value: payload.n}}
  hot: {{type: alert, by: "{{device}}", when: payload.n > 100, clear: payload.n < 10, value: payload.n, to: alarms}}
  alarms: {{type: sql_out, connection: db, table: alarms, create: true, columns: {{state: payload.state}}}}
  once: {{type: filter, where: "true", dedupe: {{key: "{{payload.n}}", window: 1h}}, to: seen}}
  seen: {{type: sql_out, connection: db, table: seen, create: true, columns: {{n: payload.n}}, on_error: dead}}
  dead: {{type: dead_letter}}
  held: {{type: buffer, count: 1000, every: {every}, to: batch}}
  batch: {{type: sql_out, connection: db, table: batch, create: true, columns: {{n: payload.n}}}}
  ask: {{type: mqtt_in, connection: broker, topic: "{name}/{{device}}/ask", to: read}}
  read: {{type: rtdb_read, key: "{{device}}", to: answers}}
  answers: {{type: sql_out, connection: db, table: answers, create: true, columns: {{n: payload}}}}
"""


def rows(line: Line, table: str) -> list[Any]:
    """The one column of a table."""
    with closing(sqlite3.connect(line.db)) as connection:
        try:
            return [row[0] for row in connection.execute(f"SELECT * FROM {table}")]
        except sqlite3.OperationalError:
            return []


@pytest.mark.faults
@pytest.mark.parametrize("how", ["kill", "terminate"])
async def test_a_restart_brings_everything_back(line: Line, how: str) -> None:
    flow = FLOW.format(name=line.name, url=line.url, db=line.db, every="60s")
    client = MqttClient(MqttSettings(url=line.url, client_id=f"hand of {line.name}"))

    async def say(device: str, what: str, value: Any) -> None:
        await client.publish(f"{line.name}/{device}/{what}", json.dumps(value).encode(), qos=1)

    await client.start()
    try:
        async with line.engine(flow) as engine:
            async with asyncio.timeout(60):
                while not rows(line, "seen"):
                    await say("warm", "n", {"n": 1})
                    await asyncio.sleep(0.1)
            await say("c1", "n", {"n": 500})
            await say("c2", "n", {"n": "no number"})
            await until(lambda: rows(line, "alarms") == ["active"] and dead(line) == 1)
            await lasts(2.2, "state is promised to be a second old at most; two, for a busy machine")
            await getattr(engine, how)()
            engine.write_flow(flow.replace("every: 60s", "every: 100ms"))
            await engine.start()
            assert dead(line) == 1
            await say("c1", "ask", 0)
            await until(lambda: rows(line, "answers") == [500])
            await say("c1", "n", {"n": 500})  # seen, active already
            await say("c1", "n", {"n": 5})
            await until(lambda: rows(line, "alarms") == ["active", "cleared"])
            await until(lambda: {500, 5} <= set(rows(line, "batch")))  # the open batch of before, and new ones
            assert rows(line, "seen").count(500) == 1
    finally:
        await client.close()


def dead(line: Line) -> int:
    """How many dead letters the engine keeps."""
    count = 0
    for file in data_folder.dead_letters(line.folder / "data"):
        letters = DeadLetters(file)
        count += sum(group.count for group in letters.groups())
        letters.close()
    return count
