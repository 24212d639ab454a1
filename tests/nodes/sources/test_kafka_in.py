"""kafka_in against a broker: what was settled is committed, what was not comes again, and only that."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from flowengine import Message
from flowengine.ending import end
from flowengine.testing import TestContext, make
from nodes.connections.kafka import Kafka
from nodes.sources.kafka_in import KafkaIn
from tests.nodes.conftest import Emitted, StartEngine
from tests.servers.kafka import KafkaServer
from tests.waiting import until

FLOW = """
flow: f
connections: {{c: {{type: kafka, servers: ['{address}']}}}}
nodes:
  in: {{type: kafka_in, connection: c, topics: [{topic}], group: g, start: all, format: json, to: {to}}}
  hold: {{type: delay, for: 1h, to: got}}
  got: {{type: collect}}
"""


def publish(server: KafkaServer, topic: str, bodies: list[bytes], **more: Any) -> None:
    producer = Producer({"bootstrap.servers": server.address, "log_level": 0})
    for body in bodies:
        producer.produce(topic, body, key=b"k", **more)
    assert producer.flush(30) == 0


def committed(server: KafkaServer, topic: str, group: str = "g") -> int:
    """How many messages of a topic its group is done with."""
    reader = Consumer({"bootstrap.servers": server.address, "group.id": group, "log_level": 0})
    try:
        places = reader.committed([TopicPartition(topic, number) for number in range(4)], timeout=30)
    finally:
        reader.close()
    return sum(max(0, place.offset) for place in places)


@pytest.mark.integration
async def test_what_the_flow_had_not_settled_comes_again_after_a_stop(
    kafka_server: KafkaServer, start_engine: StartEngine, tmp_path: Path
) -> None:
    publish(kafka_server, "stopped", [b"%d" % n for n in range(100)])
    running = await start_engine(FLOW.format(address=kafka_server.address, topic="stopped", to="hold"), tmp_path / "a")
    await until(lambda: running.station("hold").held == 100, 60)
    await running.engine.stop(0.0)
    assert committed(kafka_server, "stopped") == 0
    running = await start_engine(FLOW.format(address=kafka_server.address, topic="stopped", to="got"), tmp_path / "b")
    await until(lambda: sorted(running.payloads) == list(range(100)), 60)
    await running.engine.stop(5.0)
    assert committed(kafka_server, "stopped") == 100
    running = await start_engine(FLOW.format(address=kafka_server.address, topic="stopped", to="got"), tmp_path / "c")
    publish(kafka_server, "stopped", [b"100"])
    await until(lambda: running.payloads, 60)
    assert running.payloads == [100]


def source(kafka: Kafka, config: str) -> KafkaIn:
    return make(KafkaIn, f"{{connection: c, {config}}}", TestContext({"c": kafka}))


@pytest.mark.integration
async def test_a_record_has_its_key_its_place_and_its_headers(kafka: Kafka, kafka_server: KafkaServer) -> None:
    publish(kafka_server, "shown", [b"7"], headers={"unit": b"bar"})
    publish(kafka_server, "shown", [b"{"])
    node, emitted = source(kafka, "topics: [shown], group: shown, start: all, format: json"), Emitted()
    task = asyncio.create_task(node.run(emitted))
    await until(lambda: len(emitted.messages) + len(emitted.wrong) == 2, 60)
    [first] = emitted.messages
    assert (first.payload, first.topic, first.meta["key"]) == (7, "shown", "k") and len(emitted.wrong) == 1
    assert first.meta["headers"] == {"unit": "bar"} and first.meta["offset"] == 0
    await end(task, again_s=1.0)
    node.abandon()
    await until(lambda: not kafka.client.readers)


@pytest.mark.integration
async def test_who_comes_after_reads_nothing_that_the_one_before_still_settles(
    kafka: Kafka, kafka_server: KafkaServer
) -> None:
    publish(kafka_server, "handed", [b"%d" % n for n in range(10)])
    config = "topics: [handed], group: handed, start: all, format: json"
    before, first, after, second = source(kafka, config), Emitted(), source(kafka, config), Emitted()
    task = asyncio.create_task(before.run(first))
    await until(lambda: len(first.messages) == 10, 60)
    await end(task, again_s=1.0)  # as a deploy of the node ends it
    task = asyncio.create_task(after.run(second))
    publish(kafka_server, "handed", [b"10"])
    for ack in first.acks:
        ack()
    await until(lambda: second.messages, 60)
    assert [each.payload for each in second.messages] == [10]
    await end(task, again_s=1.0)
    after.abandon()
    await until(lambda: not kafka.client.readers)
    assert committed(kafka_server, "handed", "handed") == 10


@pytest.mark.integration
async def test_a_new_group_begins_now_and_remembers_where_that_was(kafka: Kafka, kafka_server: KafkaServer) -> None:
    publish(kafka_server, "later", [b"1", b"2"])
    node, emitted = source(kafka, "topics: [later], group: later"), Emitted()
    task = asyncio.create_task(node.run(emitted))
    await until(lambda: committed(kafka_server, "later", "later") == 2, 60)
    await end(task, again_s=1.0)
    node.abandon()
    await until(lambda: not kafka.client.readers)
    publish(kafka_server, "later", [b"3"])
    task = asyncio.create_task(node.run(emitted))
    await until(lambda: emitted.messages, 60)
    assert [each.payload for each in emitted.messages] == [3]
    await end(task, again_s=1.0)
    node.abandon()
    await until(lambda: not kafka.client.readers)


def test_tests_of_flows_send_by_topic() -> None:
    node = make(KafkaIn, "{connection: c, topics: [a, b]}", TestContext({}))
    assert node.received(Message(b"1", "b")).payload == 1 and node.received(Message(b"1")).topic == "a"
    with pytest.raises(ValueError, match="is none of a, b"):
        node.received(Message(b"1", "c"))
