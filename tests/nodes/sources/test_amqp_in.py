"""amqp_in against a real broker: what was acknowledged is gone, what was not comes again, and only that."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiormq
import pytest

from flowengine import Message, Unavailable
from flowengine.ending import end
from flowengine.testing import TestContext, make
from nodes.connections.amqp import Amqp
from nodes.sources.amqp_in import AmqpIn
from tests.nodes.conftest import Emitted, StartEngine
from tests.servers.rabbitmq import RabbitServer
from tests.waiting import until

FLOW = """
flow: f
connections: {{mq: {{type: amqp, url: "{url}", timeout: 5s}}}}
nodes:
  in: {{type: amqp_in, connection: mq, queue_name: in1, exchange: amq.topic, routing_key: 'in1.{{d}}', to: {to}}}
  out: {{type: amqp_out, connection: mq, routing_key: out1}}
  hold: {{type: delay, for: 1h, to: out}}
"""


async def publish(server: RabbitServer, key: str, bodies: list[bytes], exchange: str = "", **properties: Any) -> None:
    async with aiormq.connect(server.url) as connection:
        channel = await connection.channel()
        for body in bodies:
            await channel.basic_publish(
                body, exchange=exchange, routing_key=key, mandatory=True,
                properties=aiormq.spec.Basic.Properties(delivery_mode=2, **properties),
            )  # fmt: skip


async def waiting(server: RabbitServer, queue: str) -> list[bytes]:
    """Bodies of what waits in a queue for a reader; they stay in it."""
    async with aiormq.connect(server.url) as connection:
        channel, found = await connection.channel(), list[bytes]()
        while (got := await channel.basic_get(queue)).routing_key is not None:
            found.append(got.body)
    return found


async def declare(server: RabbitServer, queue: str) -> None:
    async with aiormq.connect(server.url) as connection:
        await (await connection.channel()).queue_declare(queue, durable=True)


@pytest.mark.integration
async def test_a_kill_of_the_broker_and_of_the_flow_loses_nothing(
    rabbitmq_server: RabbitServer, start_engine: StartEngine, tmp_path: Path
) -> None:
    await declare(rabbitmq_server, "out1")
    running = await start_engine(FLOW.format(url=rabbitmq_server.url, to="hold"), tmp_path / "a")
    await until(lambda: running.station("in").state == "running" and bound(rabbitmq_server))
    await publish(rabbitmq_server, "in1.a", [b"%d" % n for n in range(100)], "amq.topic")
    await until(lambda: running.station("hold").held == 100)
    await running.engine.stop(0.0)
    assert len(await waiting(rabbitmq_server, "in1")) == 100
    running = await start_engine(FLOW.format(url=rabbitmq_server.url, to="out"), tmp_path / "b")
    await until(lambda: running.station("out").received >= 50)
    rabbitmq_server.kill()
    rabbitmq_server.start()
    await publish(rabbitmq_server, "in1.b", [b"%d" % n for n in range(100, 200)], "amq.topic")
    wanted = {b"%d" % n for n in range(200)}
    await until(lambda: all_of(rabbitmq_server, wanted), 100)
    await until(lambda: nothing_left(rabbitmq_server))


async def bound(server: RabbitServer) -> bool:
    try:
        await publish(server, "in1.never", [], "amq.topic")
        await waiting(server, "in1")
    except aiormq.exceptions.AMQPError:
        return False
    return True


async def all_of(server: RabbitServer, wanted: set[bytes]) -> bool:
    return set(await waiting(server, "out1")) == wanted


async def nothing_left(server: RabbitServer) -> bool:
    async with aiormq.connect(server.url) as connection:
        told = await (await connection.channel()).queue_declare("in1", passive=True)
        if told.message_count:
            return False
    return not await waiting(server, "in1")


@pytest.mark.integration
async def test_what_the_flow_still_holds_does_not_come_twice_after_a_lost_connection(
    amqp: Amqp, rabbitmq_server: RabbitServer
) -> None:
    await declare(rabbitmq_server, "held")
    await publish(rabbitmq_server, "held", [b"7"], headers={"unit": "bar"}, message_id="m1")
    await publish(rabbitmq_server, "held", [b"{", b"8", b"8"])
    node = make(AmqpIn, "{connection: mq, queue_name: held, format: json}", TestContext({"mq": amqp}))
    emitted = Emitted()
    task = asyncio.create_task(node.run(emitted))
    await until(lambda: len(emitted.messages) + len(emitted.wrong) == 4)
    first = emitted.messages[0]
    assert (first.payload, first.topic) == (7, "held") and len(emitted.wrong) == 1
    assert first.meta == {"key": "held", "headers": {"unit": "bar"}, "message_id": "m1"}
    assert amqp.client._connection is not None
    await amqp.client._connection.close()
    with pytest.raises(Unavailable):
        await task
    before, after = emitted.acks[:1], emitted.acks[1:]
    for ack in before:  # while nothing is connected
        ack()
    task = asyncio.create_task(node.run(emitted))
    await publish(rabbitmq_server, "held", [b"9"])
    await until(lambda: emitted.messages[-1].payload == 9)
    for ack in [*after, *emitted.acks[len(before) + len(after) :]]:
        ack()
    assert [each.payload for each in emitted.messages] == [7, 8, 8, 9]
    await until(lambda: len(node._deliveries) == 0)
    await end(task, again_s=1.0)
    await until(lambda: node._consumer is not None and node._consumer.lost)  # no channel is kept for nothing
    node.abandon()
    await until(lambda: empty(rabbitmq_server, "held"))


async def empty(server: RabbitServer, queue: str) -> bool:
    return not await waiting(server, queue)


@pytest.mark.integration
async def test_a_queue_that_is_not_there_or_goes_away_is_told(amqp: Amqp, rabbitmq_server: RabbitServer) -> None:
    node = make(AmqpIn, "{connection: mq, queue_name: nowhere}", TestContext({"mq": amqp}))
    with pytest.raises(Unavailable, match="there is no queue 'nowhere'"):
        await node.run(Emitted())
    lost = make(AmqpIn, "{connection: mq, queue_name: q, exchange: nowhere}", TestContext({"mq": amqp}))
    with pytest.raises(Unavailable, match="there is no exchange 'nowhere'"):
        await lost.run(Emitted())
    await declare(rabbitmq_server, "gone")
    going = make(AmqpIn, "{connection: mq, queue_name: gone}", TestContext({"mq": amqp}))
    task = asyncio.create_task(going.run(Emitted()))
    async with aiormq.connect(rabbitmq_server.url) as connection:
        channel = await connection.channel()
        await until(lambda: read_by_one(channel, "gone"))
        await channel.queue_delete("gone")
    with pytest.raises(Unavailable, match="the queue was deleted"):
        await task


async def read_by_one(channel: Any, queue: str) -> bool:
    return bool((await channel.queue_declare(queue, passive=True)).consumer_count == 1)


def test_tests_of_flows_send_by_routing_key() -> None:
    node = make(AmqpIn, "{connection: mq, queue_name: q, routing_key: 'a.{d}'}", TestContext({}))
    assert node.received(Message(b"1", "a.x")).meta == {"d": "x"} and AmqpIn.captures(node.config) == ("d",)
    with pytest.raises(ValueError, match="does not match"):
        node.received(Message(b"1", "b.x"))
