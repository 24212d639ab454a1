"""What waited for a subscriber reaches it before anything newer."""

from __future__ import annotations

import asyncio

from mqtt5 import PublishPacket, QoS

from nodes.clients.mqtt import MqttClient, MqttSettings


def packet(number: int) -> PublishPacket:
    return PublishPacket(topic="a/b", payload=b"%d" % number, qos=QoS.AT_LEAST_ONCE, packet_id=number)


async def test_newer_packets_do_not_overtake_those_that_waited_for_their_subscriber() -> None:
    client = MqttClient(MqttSettings(url="mqtt://127.0.0.1:1", client_id="late"))
    delivery = client._session.delivery
    delivery._startup_ends_s = asyncio.get_running_loop().time() + 30
    delivery.receive([packet(1), packet(2)])
    got: list[PublishPacket] = []
    client.subscribe("a/#", got.extend)
    delivery.receive([packet(3)])  # in the same turn of the loop
    await asyncio.sleep(0)
    assert [p.payload for p in got] == [b"1", b"2", b"3"]
    assert delivery.held.messages == 3
