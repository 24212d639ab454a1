"""kafka_out against a broker: what it confirmed is there, in order by key, and data is told from the cluster."""

from __future__ import annotations

import pytest
from aiokafka.errors import (
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NotEnoughReplicasError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from flowengine import Message, Rejected, Unavailable
from flowengine.testing import TestContext, make
from nodes.clients.brokers import BrokerAway
from nodes.clients.kafka.client import NoTopic
from nodes.connections.kafka import Kafka
from nodes.sinks.kafka_out import KafkaOut
from tests.servers.kafka import KafkaServer
from tests.waiting import until


async def sink(config: str, kafka: Kafka) -> KafkaOut:
    node = make(KafkaOut, f"{{connection: cluster, {config}}}", TestContext({"cluster": kafka}))
    await node.open()
    return node


def stored(server: KafkaServer, topic: str, count: int) -> list[tuple[int | None, bytes | None, bytes | None]]:
    """So many records of a topic as another client reads them: partition, key, value."""
    reader = Consumer({"bootstrap.servers": server.address, "group.id": f"{topic}-seen", "log_level": 0})
    try:
        reader.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(4)])
        found = list[tuple[int | None, bytes | None, bytes | None]]()
        while len(found) < count:
            record = reader.poll(30)
            assert record is not None, f"only {len(found)} of {count}"
            if not record.error():
                found.append((record.partition(), record.key(), record.value()))
        return found
    finally:
        reader.close()


@pytest.mark.integration
async def test_what_was_confirmed_is_there_in_order_by_key(kafka: Kafka, kafka_server: KafkaServer) -> None:
    out = await sink("topic: readings, key: '{d}'", kafka)
    await out.write([Message({"n": n}, meta={"d": f"d{n % 5}"}) for n in range(500)])
    found = stored(kafka_server, "readings", 500)
    for place in range(5):
        of_one = [(number, value) for number, key, value in found if key == b"d%d" % place]
        assert [value for _, value in of_one] == [b'{"n":%d}' % n for n in range(place, 500, 5)]
        assert len({number for number, _ in of_one}) == 1
    assert out.sends(Message(7, meta={"d": "x"})) == {"topic": "readings", "body": b"7", "key": "x"}


@pytest.mark.integration
async def test_what_is_sent_while_the_broker_hangs_waits_for_it(kafka: Kafka, kafka_server: KafkaServer) -> None:
    out = await sink("topic: hangs, key: k", kafka)
    await out.write([Message(0)])
    kafka_server.freeze()

    async def told() -> str:
        try:
            await out.write([Message(1)])
        except Unavailable as away:
            return str(away)
        return ""  # it had not stood still yet

    assert "does not answer" in await until(told)
    kafka_server.resume()
    await out.write([Message(1)])
    assert [value for _, _, value in stored(kafka_server, "hangs", 2)] == [b"0", b"1"]


@pytest.mark.integration
async def test_one_wrong_message_costs_one_message(kafka: Kafka, kafka_server: KafkaServer) -> None:
    out = await sink("topic: 'small_{d}'", kafka)
    with pytest.raises(Rejected) as bad:
        await out.write([
            Message(0, meta={"d": "a"}), Message(1, meta={"d": "ä/b"}), Message(2),
            Message("x" * (9 * 2**20), meta={"d": "a"}), Message(4, meta={"d": "a"}),
        ])  # fmt: skip
    assert bad.value.rows is not None and sorted(bad.value.rows) == [1, 2, 3]
    assert "is no name of a topic" in bad.value.rows[1] and "more than 8388608" in bad.value.rows[3]
    assert {value for _, _, value in stored(kafka_server, "small_a", 2)} == {b"0", b"4"}


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (UnknownTopicOrPartitionError(), NoTopic, "there is no topic 't'"),
        (SaslAuthenticationFailed(), BrokerAway, "does not let this account in"),
        (TopicAuthorizationFailedError(), BrokerAway, "this account may not"),
        (NotEnoughReplicasError(), BrokerAway, "too few copies"),
        (KafkaTimeoutError(), BrokerAway, "127.0.0.1:1 does not answer"),
        (MessageSizeTooLargeError(), BrokerAway, "127.0.0.1:1 does not answer"),
    ],
)
async def test_what_the_library_says_is_told_in_our_words(fault: Exception, kind: type[Exception], words: str) -> None:
    from nodes.clients.kafka.client import KafkaClient

    client = KafkaClient(["127.0.0.1:1"], {}, None, 1.0)
    with pytest.raises(kind, match=words), client.in_words("there is no topic 't'"):
        raise fault
