"""amqp_out against a real broker: what it confirmed is there after kill -9, and data is told from the broker."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiormq
import pytest
from aiormq.abc import AbstractChannel

from flowengine import Message, Rejected, Unavailable
from flowengine.testing import TestContext, make
from nodes.connections.amqp import Amqp
from nodes.sinks.amqp_out import AmqpOut
from tests.servers.rabbitmq import MAX_MESSAGE_BYTES, RabbitServer
from tests.waiting import until

pytestmark = pytest.mark.integration


@pytest.fixture
async def owner(rabbitmq_server: RabbitServer) -> AsyncIterator[AbstractChannel]:
    """A channel of somebody who makes queues."""
    connection = await aiormq.connect(rabbitmq_server.url)
    yield await connection.channel()
    await connection.close()


async def sink(config: str, amqp: Amqp) -> AmqpOut:
    node = make(AmqpOut, f"{{connection: mq, {config}}}", TestContext({"mq": amqp}))
    await node.open()
    return node


async def stored(server: RabbitServer, queue: str) -> list[tuple[str, bytes]]:
    """All that waits in a queue; taken out of it."""
    connection = await aiormq.connect(server.url)
    channel, found = await connection.channel(), []
    while (got := await channel.basic_get(queue, no_ack=True)).routing_key is not None:
        found.append((got.routing_key, got.body))
    await connection.close()
    return found


async def test_what_was_confirmed_is_there_after_a_kill_and_in_order(
    amqp: Amqp, rabbitmq_server: RabbitServer, owner: AbstractChannel
) -> None:
    await owner.exchange_declare("killed", exchange_type="topic", durable=True)
    await owner.queue_declare("killed", durable=True)
    await owner.queue_bind("killed", "killed", "#")
    out = await sink("exchange: killed, routing_key: '{d}.x'", amqp)
    sent = [Message({"n": n}, meta={"d": "a"}) for n in range(300)]
    await out.write(sent)
    rabbitmq_server.kill()
    await until(lambda: amqp.client.up is False)
    with pytest.raises(Unavailable, match="nothing listens"):
        await out.write(sent[:2])
    rabbitmq_server.start()
    await out.write([Message("text", meta={"d": "b"})])
    found = await stored(rabbitmq_server, "killed")
    assert found == [*(("a.x", b'{"n":%d}' % n) for n in range(300)), ("b.x", b"text")]


async def test_one_wrong_message_costs_one_message(
    amqp: Amqp, rabbitmq_server: RabbitServer, owner: AbstractChannel
) -> None:
    await owner.queue_declare("small", durable=True)
    out = await sink("routing_key: '{d}'", amqp)
    large = "x" * (MAX_MESSAGE_BYTES + 1)
    batch = [
        Message(0, meta={"d": "small"}), Message(large, meta={"d": "small"}), Message(2, meta={"d": "nobody's"}),
        Message(3), Message(4, meta={"d": "k" * 256}), Message(5, meta={"d": "small"}),
    ]  # fmt: skip
    with pytest.raises(Unavailable):  # the broker closes the channel of the large one, which is told from then on
        await out.write(batch)
    with pytest.raises(Rejected) as bad:
        await out.write(batch)
    assert bad.value.rows is not None and sorted(bad.value.rows) == [1, 2, 3, 4]
    assert bad.value.rows[1] == f"{len(large)} bytes are more than the broker takes, {MAX_MESSAGE_BYTES}"
    assert bad.value.rows[2] == 'no queue takes "nobody\'s"' and "255 bytes" in bad.value.rows[4]
    found = await stored(rabbitmq_server, "small")
    assert found[-2:] == [("small", b"0"), ("small", b"5")]


async def test_a_key_waits_for_its_queue_and_one_of_the_data_does_not(amqp: Amqp) -> None:
    fixed, filled = await sink("routing_key: none_at_all", amqp), await sink("routing_key: 'none_{d}'", amqp)
    with pytest.raises(Unavailable, match="no queue takes 'none_at_all'"):
        await fixed.write([Message(1)])
    with pytest.raises(Rejected) as bad:
        await filled.write([Message(1, meta={"d": "x"})])
    assert bad.value.rows == {0: "no queue takes 'none_x'"}
    lost = await sink("exchange: none_at_all, routing_key: '{d}'", amqp)
    with pytest.raises(Unavailable, match="there is no exchange 'none_at_all'"):
        await lost.write([Message(1, meta={"d": "x"})])


async def test_a_full_queue_is_no_fault_of_the_data(amqp: Amqp, owner: AbstractChannel) -> None:
    await owner.queue_declare("full", durable=True, arguments={"x-max-length": 2, "x-overflow": "reject-publish"})
    out = await sink("routing_key: full", amqp)
    with pytest.raises(Unavailable, match="a queue that takes 'full' is full"):
        await out.write([Message(n) for n in range(4)])


async def test_publishing_reaches_who_listens_and_may_reach_nobody(
    amqp: Amqp, rabbitmq_server: RabbitServer, owner: AbstractChannel
) -> None:
    await owner.exchange_declare("news", exchange_type="fanout")
    out = await sink("exchange: news, routing_key: '{topic}', does: publish, id: '{payload.a}'", amqp)
    await out.write([Message({"a": 0}, "x")])
    await owner.queue_declare("news", durable=True)
    await owner.queue_bind("news", "news")
    await out.write([Message({"a": 1}, "x")])
    assert await stored(rabbitmq_server, "news") == [("x", b'{"a":1}')]
    assert not AmqpOut.confirms(out.config)
    assert out.sends(Message({"a": 1}, "x")) == {"topic": "x", "body": b'{"a":1}', "exchange": "news", "id": "1"}
