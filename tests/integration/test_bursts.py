"""10,000 numbered messages in bursts, without a time of their own, are 10,000 points or rows: none fall together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nodes.clients.mqtt import MqttClient, Publication
from nodes.clients.mqtt.settings import MqttSettings
from nodes.connections.nats import Nats
from nodes.connections.redis import Redis
from tests.integration.five_databases import NUMBERED, FiveDatabases, N
from tests.waiting import until

pytestmark = pytest.mark.integration
PARTS = 50
IN_ONE_WRITE = 1000


@pytest.mark.parametrize("path", ["lines.jsonl", "lists.jsonl"])
async def test_ten_thousand_lines_of_a_file_are_as_many_rows(
    path: str, databases: FiveDatabases, plant: Any, tmp_path: Path
) -> None:
    (tmp_path / "lines.jsonl").write_text("".join(f'{{"n": {n}}}\n' for n in range(N)))
    lists = ([{"n": n} for n in range(first, first + PARTS)] for first in range(0, N, PARTS))
    (tmp_path / "lists.jsonl").write_text("".join(json.dumps(items) + "\n" for items in lists))
    table, are_lists = f"burst_{path.partition('.')[0]}", path == "lists.jsonl"
    source = f"{{type: file_in, root: '{tmp_path}', path: {path}, format: json, to: {'parts' if are_lists else 'OUT'}}}"
    between = "  parts: {type: split, to: OUT}\n" if are_lists else ""
    await plant.deploy(databases.flow(source, table, NUMBERED, between=between))
    await databases.whole(plant, table)


async def test_ten_thousand_messages_of_a_broker_are_as_many_rows(
    databases: FiveDatabases, plant: Any, mosquitto: Any
) -> None:
    broker = f"  broker: {{type: mqtt, url: '{mosquitto.url}'}}\n"
    source = "{type: mqtt_in, connection: broker, topic: 'burst/#', format: json, to: OUT}"
    await plant.deploy(databases.flow(source, "burst_mqtt", NUMBERED, broker))
    await until(lambda: mosquitto.has("burst/#"))
    client = MqttClient(MqttSettings(url=mosquitto.url, close_timeout_s=0.5))
    await client.start()
    await client.wait_connected(60)
    await client.publish_many([Publication("burst/a", b'{"n": %d}' % n, 1) for n in range(N)])
    await client.close()
    await databases.whole(plant, "burst_mqtt")


async def test_ten_thousand_entries_of_a_stream_of_redis_are_as_many_rows(
    databases: FiveDatabases,
    plant: Any,
    redis: Redis,
    redis_server: Any,
) -> None:
    source = "{type: redis_in, connection: cache, key: burst, start: all, format: json, to: OUT}"
    cache = f"  cache: {{type: redis, url: '{redis_server.url}'}}\n"
    for first in range(0, N, IN_ONE_WRITE):
        numbers = range(first, first + IN_ONE_WRITE)
        await redis.client.send([("XADD", "burst", "*", "payload", f'{{"n": {n}}}') for n in numbers])
    await plant.deploy(databases.flow(source, "burst_redis", NUMBERED, cache))
    await databases.whole(plant, "burst_redis")


async def test_ten_thousand_messages_of_a_stream_of_nats_are_as_many_rows(
    databases: FiveDatabases,
    plant: Any,
    nats: Nats,
    nats_server: Any,
) -> None:
    context = (await nats.client._connected()).jetstream()
    await context.add_stream(name="BURST", subjects=["burst.*"], storage="memory")  # its disk is not what is tried
    for first in range(0, N, IN_ONE_WRITE):
        for n in range(first, first + IN_ONE_WRITE):
            await context.publish_async("burst.a", b'{"n": %d}' % n)
        await context.publish_async_completed()
    bus = f"  bus: {{type: nats, url: '{nats_server.url}'}}\n"
    source = "{type: nats_in, connection: bus, subject: 'burst.*', start: all, format: json, to: OUT}"
    await plant.deploy(databases.flow(source, "burst_nats", NUMBERED, bus))
    await databases.whole(plant, "burst_nats")
