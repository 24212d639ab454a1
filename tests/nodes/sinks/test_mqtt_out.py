"""`mqtt_out` through whole flows and by itself, against a real mosquitto."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from flowengine import Message, Rejected
from nodes.clients.mqtt import Incoming, MqttClient, Publication
from nodes.connections.mqtt import Mqtt
from nodes.sinks.mqtt_out import MqttOut
from tests.nodes.conftest import Connect
from tests.servers.mosquitto import Mosquitto
from tests.waiting import lasts, length, quiet_for

pytestmark = pytest.mark.integration


async def listen(client: MqttClient, topic: str) -> list[Incoming]:
    got: list[Incoming] = []

    def take(batch: list[Incoming]) -> None:
        got.extend(batch)
        subscription.ack(batch)

    subscription = client.subscribe(topic, take, qos=2)
    await subscription.ready()
    return got


async def holds(got: list[Incoming], count: int) -> list[Incoming]:
    await length(got, count)
    return got


@pytest.mark.parametrize("version", ["5", "3.1.1"])
@pytest.mark.parametrize("qos", [0, 1, 2])
async def test_a_batch_is_published_in_order_under_filled_topics(
    mosquitto: Mosquitto, mqtt_client: Connect, opened: Callable[..., Any], prefix: str, version: str, qos: int
) -> None:
    got = await listen(await mqtt_client(mosquitto.url), f"{prefix}/#")
    sink = await opened(
        MqttOut,
        f"{{connection: broker, topic: '{prefix}/{{device}}', qos: {qos}}}",
        broker=(Mqtt, f"{{url: '{mosquitto.url}', version: '{version}', client_id: {prefix}}}"),
    )
    await sink._client.wait_connected(60)
    await sink.write([Message({"n": n}, meta={"device": f"d{n % 3}"}) for n in range(300)])
    packets = await holds(got, 300)
    assert [packet.payload for packet in packets] == [b'{"n":%d}' % n for n in range(300)]
    assert {packet.topic for packet in packets} == {f"{prefix}/d{n}" for n in range(3)}
    assert all(int(packet.qos) == qos for packet in packets)


async def test_only_messages_that_cannot_be_published_are_rejected(
    mosquitto: Mosquitto, mqtt_client: Connect, opened: Callable[..., Any], prefix: str
) -> None:
    got = await listen(await mqtt_client(mosquitto.url), f"{prefix}/#")
    sink = await opened(
        MqttOut,
        f"{{connection: broker, topic: '{prefix}/{{device}}', format: json}}",
        broker=(Mqtt, f"{{url: '{mosquitto.url}', client_id: {prefix}}}"),
    )
    batch = [
        Message(1, meta={"device": "a"}),
        Message(2, meta={"device": "b/#"}),
        Message(3),
        Message(object(), meta={"device": "a"}),
        Message(5, meta={"device": "a"}),
    ]
    with pytest.raises(Rejected) as refused:
        await sink.write(batch)
    assert sorted(refused.value.rows or {}) == [1, 2, 3]
    assert [packet.payload for packet in await holds(got, 2)] == [b"1", b"5"]


async def test_retain_and_expiry_reach_the_broker(
    mosquitto: Mosquitto, mqtt_client: Connect, opened: Callable[..., Any], prefix: str
) -> None:
    sink = await opened(
        MqttOut,
        f"{{connection: broker, topic: '{prefix}/set', retain: true, expiry: 1s}}",
        broker=(Mqtt, f"{{url: '{mosquitto.url}', client_id: {prefix}}}"),
    )
    await sink.write([Message("21.5")])
    got = await listen(await mqtt_client(mosquitto.url), f"{prefix}/set")
    [packet] = await holds(got, 1)
    assert (packet.payload, packet.retain) == (b"21.5", True)
    await lasts(2.1, "longer than the message is kept")
    late = await listen(await mqtt_client(mosquitto.url), f"{prefix}/set")
    await quiet_for(0.2, "it is kept no more")
    assert late == []


@pytest.mark.timeout(90)
async def test_messages_wait_for_a_broker_that_is_away_and_none_is_lost(
    new_mosquitto: Callable[..., Mosquitto], start_engine: Any, mqtt_client: Connect, prefix: str
) -> None:
    broker = new_mosquitto()
    running = await start_engine(
        f"""
flow: f
connections: {{broker: {{type: mqtt, url: "{broker.url}", client_id: {prefix}}}}}
nodes:
  in: {{type: inject, payload: 1, every: 20ms, to: out}}
  out: {{type: mqtt_out, connection: broker, topic: {prefix}/a}}
"""
    )
    got = await listen(await mqtt_client(broker.url), f"{prefix}/#")
    await holds(got, 5)
    await asyncio.to_thread(broker.kill)
    station = running.station("out")
    before = station.received
    await running.until(lambda: station.received > before + 20)
    await asyncio.to_thread(broker.start)
    await running.until(lambda: station.held <= 2 and station.passed > before + 20)
    assert running.balanced()


async def test_the_receiver_is_asked_to_reply_with_the_correlation(
    mosquitto: Mosquitto, mqtt_client: Connect, opened: Callable[..., Any], prefix: str
) -> None:
    got = await listen(await mqtt_client(mosquitto.url), f"{prefix}/#")
    sink = await opened(
        MqttOut,
        f"{{connection: broker, topic: '{prefix}/cmd', response_topic: '{prefix}/{{device}}/ack', "
        "correlation: '{message.id}'}",
        broker=(Mqtt, f"{{url: '{mosquitto.url}', client_id: {prefix}}}"),
    )
    await sink.write([Message("go", meta={"device": "d1"}, id=77)])
    [packet] = await holds(got, 1)
    assert (packet.response_topic, packet.correlation_data) == (f"{prefix}/d1/ack", b"77")


async def test_what_would_come_too_late_is_rejected_at_once(opened: Callable[..., Any], prefix: str) -> None:
    sink = await opened(
        MqttOut,
        "{connection: broker, topic: cmd, when_away: reject}",
        broker=(Mqtt, f"{{url: 'mqtt://127.0.0.1:9', client_id: {prefix}}}"),
    )
    with pytest.raises(Rejected) as refused:
        async with asyncio.timeout(60):
            await sink.write([Message("go"), Message("stop")])
    assert refused.value.rows == {0: "the broker is away", 1: "the broker is away"}


async def test_requests_and_their_replies_pair_up_over_a_broker(
    mosquitto: Mosquitto, mqtt_client: Connect, start_engine: Any, prefix: str
) -> None:
    device = await mqtt_client(mosquitto.url)

    def answer(batch: list[Incoming]) -> None:
        for packet in batch:
            subscription.ack([packet])
            reply = Publication(
                str(packet.response_topic), b'{"ok":true}', 1, correlation_data=packet.correlation_data
            )  # fmt: skip
            replies.append(asyncio.ensure_future(device.publish_many([reply])))

    replies: list[asyncio.Future[None]] = []
    subscription = device.subscribe(f"{prefix}/cmd", answer, qos=1)
    await subscription.ready()
    running = await start_engine(f"""
flow: f
connections: {{broker: {{type: mqtt, url: '{mosquitto.url}', client_id: {prefix}}}}}
nodes:
  orders: {{type: inject, payload: {{n: '{{n}}'}}, delay: 200ms, every: 10ms, count: 5, to: ask}}
  acks: {{type: mqtt_in, connection: broker, topic: '{prefix}/ack', to: ask}}
  ask:
    type: request
    reply: topic == '{prefix}/ack'
    reply_id: correlation_data
    field: ''
    to: {{send: go, out: out}}
  go:
    type: mqtt_out
    connection: broker
    topic: {prefix}/cmd
    response_topic: {prefix}/ack
    correlation: '{{correlation_id}}'
    when_away: reject
  out: {{type: collect}}
""")
    results = await running.holds(5)
    assert [result["ok"] for result in results] == [True] * 5
    await asyncio.gather(*replies)
    assert running.balanced()
