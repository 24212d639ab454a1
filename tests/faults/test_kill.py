"""kill -9 at random moments under load: nothing that was acknowledged to the publisher is missing."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
from pathlib import Path

import pytest

from tests.faults.engine_process import EngineProcess, Publisher, until
from tests.servers.mosquitto import Mosquitto

KILLS = int(os.environ.get("FLOWENGINE_KILLS", "50"))
FLOW = """
flow: kill
connections:
  broker: {{type: mqtt, url: "{url}", client_id: engine-under-test}}
  db: {{type: sql, url: "sqlite:///{db}"}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: "farm/{{device}}/n", qos: 1, format: json, to: hold}}
  hold: {{type: buffer, count: 100, every: 50ms, {durable} to: store}}
  store:
    type: sql_out
    connection: db
    table: received
    create: true
    columns: {{n: payload.n, device: device}}
"""


def stored(db: Path) -> list[int]:
    """The numbers in the database, duplicates included."""
    if not db.exists():
        return []
    with sqlite3.connect(f"file:{db}?mode=ro", uri=True) as connection:
        try:
            return [int(row[0]) for row in connection.execute("SELECT n FROM received")]
        except sqlite3.OperationalError:
            return []


@pytest.mark.timeout(60 + 6 * KILLS)
@pytest.mark.parametrize("durable", ["", "durable: true,"], ids=["held in RAM", "spooled"])
async def test_nothing_acknowledged_is_missing_after_kills(tmp_path: Path, mosquitto: Mosquitto, durable: str) -> None:
    db = tmp_path / "store.db"
    flow = FLOW.format(url=mosquitto.url, db=db, durable=durable)
    rng = random.Random(4)
    async with EngineProcess(tmp_path, flow) as engine, Publisher(mosquitto.url) as publisher:
        await until(lambda: stored(db))  # from here on the broker keeps a session for the engine
        publisher.acknowledged.clear()
        for _ in range(KILLS):
            await asyncio.sleep(rng.uniform(0.0, 0.4))
            await engine.kill()
            await engine.start()
        await publisher.stop()
        await until(lambda: publisher.acknowledged <= set(stored(db)), 60)
        assert await engine.terminate() == 0
    numbers = stored(db)
    assert not publisher.acknowledged - set(numbers)
    assert len(publisher.acknowledged) > 20 * KILLS
    repeated = len(numbers) - len(set(numbers))
    print(f"{len(publisher.acknowledged)} acknowledged, 0 missing, {repeated} repeated after {KILLS} kills")
