"""10,000 numbered messages in bursts through what queues and plants speak, but MQTT: as many rows."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import aiormq
import pytest
from confluent_kafka import Producer

from nodes.clients.mqtt import Publication
from nodes.codecs.sparkplug.payload import Metric, Payload, encode
from tests.faults.amounts import amount
from tests.integration.five_databases import NUMBERED, FiveDatabases, N
from tests.nodes.conftest import Connect
from tests.servers.kafka import KafkaServer
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import next_free_port
from tests.servers.rabbitmq import RabbitServer
from tests.waiting import until

pytestmark = pytest.mark.integration
OF_TRAPS = amount("BURST_TRAPS", 2_000, 10_000)
"""Its library takes a millisecond or two for one."""

AT_ONCE = 100
SINCE_MS = 1_770_000_000_000
OBJECT = "1.3.6.1.4.1.9.1"


async def test_ten_thousand_messages_of_a_topic_of_kafka_are_as_many_rows(
    databases: FiveDatabases, plant: Any, kafka_server: KafkaServer
) -> None:
    producer = Producer({"bootstrap.servers": kafka_server.address, "log_level": 0})
    for n in range(N):
        producer.produce("burst", b'{"n": %d}' % n, key=b"%d" % (n % 7))
    assert await asyncio.to_thread(producer.flush, 60) == 0
    far = f"  far: {{type: kafka, servers: ['{kafka_server.address}']}}\n"
    source = "{type: kafka_in, connection: far, topics: [burst], group: g, start: all, format: json, to: OUT}"
    await plant.deploy(databases.flow(source, "burst_kafka", NUMBERED, far))
    await databases.whole(plant, "burst_kafka")


async def test_ten_thousand_messages_of_a_queue_of_rabbitmq_are_as_many_rows(
    databases: FiveDatabases, plant: Any, rabbitmq_server: RabbitServer
) -> None:
    async with aiormq.connect(rabbitmq_server.url) as connection:
        channel = await connection.channel(publisher_confirms=False)
        await channel.queue_declare("burst", durable=True)
        for n in range(N):
            await channel.basic_publish(b'{"n": %d}' % n, routing_key="burst")
        await channel.close()
    far = f"  far: {{type: amqp, url: '{rabbitmq_server.url}'}}\n"
    source = "{type: amqp_in, connection: far, queue_name: burst, format: json, to: OUT}"
    await plant.deploy(databases.flow(source, "burst_amqp", NUMBERED, far))
    await databases.whole(plant, "burst_amqp")


async def test_ten_thousand_packets_of_an_edge_node_are_as_many_rows(
    databases: FiveDatabases, plant: Any, mosquitto: Mosquitto, mqtt_client: Connect, prefix: str
) -> None:
    far = f"  far: {{type: mqtt, url: '{mosquitto.url}'}}\n"
    source = f"{{type: sparkplug_in, connection: far, group: {prefix}, to: OUT}}"
    await plant.deploy(databases.flow(source, "burst_sparkplug", NUMBERED, far))
    await until(lambda: mosquitto.has(f"spBv1.0/{prefix}/+/+/#"))
    client = await mqtt_client(mosquitto.url)
    packets = [_packet(prefix, n) for n in range(N)]
    for first in range(0, N, AT_ONCE):
        await client.publish_many(packets[first : first + AT_ONCE])
    await databases.whole(plant, "burst_sparkplug")


def _packet(group: str, n: int) -> Publication:
    """The birth that names the metric, then its values by alias, as many as fit a sequence number."""
    kind, name = ("NDATA", "") if n else ("NBIRTH", "n")
    metrics = [Metric(name, n, 8, alias=1)] if n else [Metric("bdSeq", 0, 8), Metric("n", 0, 8, alias=1)]
    body = encode(Payload(SINCE_MS + n, n % 256, metrics))
    return Publication(f"spBv1.0/{group}/{kind}/e", body, 1)


async def test_traps_of_an_agent_are_as_many_rows(databases: FiveDatabases, plant: Any) -> None:
    port = next_free_port()
    source = f"{{type: snmp_trap_in, listen: '127.0.0.1:{port}', communities: [plant], to: named}}"
    between = f"  named: {{type: set, compute: {{payload.n: 'payload[\"{OBJECT}\"]'}}, to: OUT}}\n"
    await plant.deploy(databases.flow(source, "burst_traps", NUMBERED, between=between))
    await until(lambda: _is_taken(port))
    await _sent_as_traps(port, lambda end: plant.until(lambda: plant.station("source").passed >= end))
    await databases.stored(plant, OF_TRAPS)
    for name, values in (await databases.values("burst_traps", OF_TRAPS)).items():
        assert values == list(range(OF_TRAPS)), name


def _is_taken(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as near:
        try:
            near.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


async def _sent_as_traps(port: int, taken: Callable[[int], Awaitable[None]]) -> None:
    """In bursts that the system's receive buffer holds."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as near:
        for first in range(0, OF_TRAPS, AT_ONCE):
            for n in range(first, first + AT_ONCE):
                near.sendto(_trap(n), ("127.0.0.1", port))
            await taken(first + AT_ONCE)


def _trap(n: int) -> bytes:
    """A trap of version 2c: how long the agent is up, which trap it is, and the number."""
    up_time, trap_oid = "1.3.6.1.2.1.1.3.0", "1.3.6.1.6.3.1.1.4.1.0"
    number = _tlv(0x02, n.to_bytes(4, "big"))
    objects = [(up_time, _tlv(0x43, b"\1")), (trap_oid, _oid("1.3.6.1.6.3.1.1.5.3")), (OBJECT, number)]
    listed = _tlv(0x30, b"".join(_tlv(0x30, _oid(name) + value) for name, value in objects))
    zero = _tlv(0x02, b"\0")
    return _tlv(0x30, _tlv(0x02, b"\1") + _tlv(0x04, b"plant") + _tlv(0xA7, _tlv(0x02, b"\1") + 2 * zero + listed))


def _oid(text: str) -> bytes:
    first, second, *rest = map(int, text.split("."))
    return _tlv(0x06, bytes((40 * first + second, *rest)))


def _tlv(tag: int, body: bytes) -> bytes:
    """A value in the basic encoding rules (X.690); shorter than 128 bytes."""
    return bytes((tag, len(body))) + body
