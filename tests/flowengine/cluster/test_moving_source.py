"""A source that moves from worker to worker: what its broker holds for it meanwhile is not lost."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from nodes.clients.mqtt import MqttClient, MqttSettings
from nodes.connections.mqtt import Mqtt
from tests.flowengine.cluster.test_worker import cluster, shares
from tests.servers.mosquitto import Mosquitto
from tests.servers.nats import NatsCluster
from tests.waiting import until

pytestmark = pytest.mark.integration
FLOW = """
flow: f
connections:
  broker: {{type: mqtt, url: "{url}"}}
  db: {{type: sql, url: "sqlite:///{db}"}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: "{topic}", qos: 1, format: json, to: got}}
  got: {{type: sql_out, connection: db, table: got, create: true, columns: {{n: payload}}}}
"""


def stored(db: Path) -> set[int]:
    """What arrived so far."""
    with closing(sqlite3.connect(db)) as database:
        try:
            return {int(n) for (n,) in database.execute("SELECT n FROM got")}
        except sqlite3.OperationalError:  # there is no table yet
            return set()


async def test_what_comes_while_nobody_has_the_source_waits_in_its_session(
    tmp_path: Path, one_nats: NatsCluster, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Mqtt._settings  # a drain may take longer than a filter stays at the broker without a subscriber
    monkeypatch.setattr(Mqtt, "_settings", lambda self, id: replace(settings(self, id), linger_s=0.0))
    db, topic = tmp_path / "got.db", f"t{uuid.uuid4().hex[:8]}/n"
    feeder = MqttClient(MqttSettings(url=mosquitto.url, close_timeout_s=0.5))
    await feeder.start()

    async def publish(*numbers: int) -> None:
        for n in numbers:
            await feeder.publish(topic, str(n).encode(), qos=1)

    async with cluster(tmp_path, one_nats) as made:
        first = await made.add()
        await made.deploy(FLOW.format(url=mosquitto.url, db=db, topic=topic))
        async with asyncio.timeout(60):
            while not stored(db):  # it is connected and subscribed once something arrives
                await publish(0)
                await asyncio.sleep(0.05)
        await made.stop(first)
        await publish(*range(1, 10))
        second = await made.add()
        await until(lambda: stored(db) == set(range(10)))
        await made.stop(second, in_order=False)
        await publish(*range(10, 20))
        third = await made.add()
        await until(lambda: shares(third) == [1] and stored(db) == set(range(20)))
    await feeder.close()
