"""nats_in against a real server: what was acknowledged is stored, what was not comes again, and only that."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from nats.js.api import ConsumerConfig

from flowengine import Message, Unavailable
from flowengine.ending import end
from flowengine.testing import TestContext, make
from nodes.clients.brokers import BrokerAway
from nodes.connections.nats import Nats
from nodes.sources.nats_in import NatsIn
from tests.nodes.conftest import Emitted, StartEngine
from tests.servers.nats import Nats as NatsServer
from tests.waiting import until

pytestmark = pytest.mark.integration

FLOW = """
flow: f
connections: {{bus: {{type: nats, url: "{url}", timeout: 3s}}}}
nodes:
  in: {{type: nats_in, connection: bus, subject: 'in1.{{d}}', consumer: c, start: all, window: 20000, to: {to}}}
  out: {{type: nats_out, connection: bus, subject: 'out1.{{d}}'}}
  hold: {{type: delay, for: 1h, to: out}}
"""


async def stream(nats: Nats, name: str, subject: str) -> Any:
    context = (await nats.client._connected()).jetstream()
    await context.add_stream(name=name, subjects=[subject])
    return context


async def waiting(nats: Nats) -> int:
    """How many the consumer has given out and nobody acknowledged."""
    return int((await (await nats.client._connected()).jetstream().consumer_info("IN1", "c")).num_ack_pending or 0)


async def test_a_kill_of_the_server_and_of_the_flow_loses_nothing(
    nats: Nats, nats_server: NatsServer, start_engine: StartEngine, tmp_path: Path
) -> None:
    context = await stream(nats, "IN1", "in1.*")
    await stream(nats, "OUT1", "out1.*")
    wanted = ConsumerConfig(
        durable_name="c", filter_subject="in1.*", ack_policy="explicit", ack_wait=1, max_ack_pending=900
    )
    await context.add_consumer("IN1", wanted)
    for n in range(100):
        await context.publish(f"in1.d{n % 2}", b"%d" % n)
    running = await start_engine(FLOW.format(url=nats_server.url, to="hold"), tmp_path / "a")
    await until(lambda: running.station("hold").held == 100)
    await running.engine.stop(0.0)
    assert await waiting(nats) == 100
    running = await start_engine(FLOW.format(url=nats_server.url, to="out"), tmp_path / "b")
    for n in range(100, 300):
        if n in (150, 220):
            nats_server.kill()
            await until(lambda: nats.client.up is False)  # what asks at once would wait for its time-out
            nats_server.start()
        await until(lambda n=n: taken(nats, n))
    seen = await until(lambda: all_of(nats, 300), 100)
    assert all(subject == f"out1.d{int(n) % 2}" for subject, n in seen)
    await until(lambda: none_waits(nats))


async def taken(nats: Nats, n: int) -> bool:

    try:
        await nats.client.store(f"in1.d{n % 2}", b"%d" % n, {"Nats-Msg-Id": str(n)})
    except BrokerAway:
        return False
    return True


async def none_waits(nats: Nats) -> bool:
    return await waiting(nats) == 0


async def all_of(nats: Nats, count: int) -> list[tuple[str, bytes]] | None:
    """All that was copied, once every number is there."""
    context = (await nats.client._connected()).jetstream()
    last = (await context.stream_info("OUT1")).state.last_seq
    if last < count:
        return None
    pulling = await context.pull_subscribe("out1.*", stream="OUT1", config=ConsumerConfig(ack_policy="none"))
    seen = [(each.subject, each.data) for each in await pulling.fetch(last, 5)]
    await pulling.unsubscribe()
    return seen if {int(n) for _, n in seen} == set(range(count)) else None


async def test_what_the_flow_still_holds_does_not_come_twice_after_a_lost_connection(nats: Nats) -> None:
    context = await stream(nats, "HELD", "held.*")
    wanted = ConsumerConfig(durable_name="flowengine", filter_subject="held.*", ack_policy="explicit", ack_wait=0.3)
    await context.add_consumer("HELD", wanted)
    await context.publish("held.a", b"{")
    await context.publish("held.b", b"7", headers={"unit": "bar"})
    node = make(NatsIn, "{connection: bus, subject: 'held.{d}', start: all, format: json}", TestContext({"bus": nats}))
    given = Emitted()
    task = asyncio.create_task(node.run(given))
    await until(lambda: given.acks)
    assert [(each.payload, each.topic, each.meta) for each in given.messages] == [
        (7, "held.b", {"d": "b", "sequence": 2, "headers": {"unit": "bar"}})
    ]
    assert len(given.wrong) == 1
    client = await nats.client._connected()
    await client.close()
    await asyncio.gather(task, return_exceptions=True)
    for ack in given.acks:  # while nothing is connected, and before the flow is asked again
        ack()
    task = asyncio.create_task(node.run(given))
    await until(lambda: answered(nats))
    await end(task, again_s=1.0)
    assert len(given.acks) == 1


async def answered(nats: Nats) -> bool:
    info = await (await nats.client._connected()).jetstream().consumer_info("HELD", "flowengine")
    return info.num_ack_pending == 0 and info.ack_floor.stream_seq == 2


async def test_a_consumer_of_that_name_that_reads_something_else_is_told(nats: Nats) -> None:
    context = await stream(nats, "OTHER", "other.*")
    await context.pull_subscribe("other.a", durable="flowengine")
    node = make(NatsIn, "{connection: bus, subject: 'other.b'}", TestContext({"bus": nats}))
    with pytest.raises(Unavailable, match=r"the consumer flowengine is there and reads other\.a"):
        await node.run(None)  # type: ignore[arg-type]
    lost = make(NatsIn, "{connection: bus, subject: 'nowhere.b'}", TestContext({"bus": nats}))
    with pytest.raises(Unavailable, match=r"no stream has the subject nowhere\.b"):
        await lost.run(None)  # type: ignore[arg-type]


def test_tests_of_flows_send_by_subject() -> None:
    node = make(NatsIn, "{connection: bus, subject: 'a.{d}'}", TestContext({}))
    assert node.received(Message(b"1", "a.x")).meta == {"d": "x"} and NatsIn.captures(node.config) == ("d",)
    with pytest.raises(ValueError, match="does not match"):
        node.received(Message(b"1", "b.x"))
