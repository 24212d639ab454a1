"""`sparkplug_in` through whole flows, at a real mosquitto, with an edge node that is born, loses packets and dies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from flowengine import Message
from flowengine.testing import make
from nodes.clients.mqtt import MqttClient, Will
from nodes.codecs.sparkplug.host import LOST
from nodes.codecs.sparkplug.payload import Metric, Payload, decode, encode
from nodes.codecs.sparkplug.state import state
from nodes.sources.sparkplug_in import SparkplugIn
from tests.nodes.conftest import Connect, Running, StartEngine
from tests.servers.mosquitto import Mosquitto
from tests.waiting import lasts, until

BD = Metric("bdSeq", 3, 8)
T = Metric("t", 21.5, 10, alias=1)


class EdgeNode:
    """Publishes what it is told to, and hears its commands."""

    def __init__(self, client: MqttClient, group: str):
        self.client, self.group = client, group
        self.commands: list[Metric] = []
        client.subscribe(f"spBv1.0/{group}/NCMD/e", self._hear, qos=1)

    async def says(self, kind: str, seq: int | None, metrics: Sequence[Metric], device: str = "") -> None:
        topic = "/".join(filter(None, ("spBv1.0", self.group, kind, "e", device)))
        await self.client.publish(topic, encode(Payload(1_700_000_000_000, seq, metrics)), qos=1)

    def _hear(self, packets: Any) -> None:
        for packet in packets:
            self.commands += decode(packet.payload).metrics


async def edge_node(mqtt_client: Connect, broker: Mosquitto, group: str) -> EdgeNode:
    will = Will(f"spBv1.0/{group}/NDEATH/e", encode(Payload(0, None, [BD])), qos=1, retain=False)
    return EdgeNode(await mqtt_client(broker.url, client_id=f"edge-{group}", will=will), group)


async def started(start_engine: StartEngine, broker: Mosquitto, group: str, options: str = "") -> Running:
    running = await start_engine(
        f"flow: f\nconnections:\n  broker: {{type: mqtt, url: '{broker.url}'}}\n"
        f"nodes:\n  in: {{type: sparkplug_in, connection: broker, group: {group}, {options} to: got, on_error: got}}\n"
        "  got: {type: collect}\n"
    )
    await running.until(lambda: running.engine.flows["f"].connections["broker"].up)
    await running.until(lambda: hasattr(running.station("in").node, "host"))
    await lasts(0.2, "the subscription on its way to the broker")
    return running


async def test_births_data_by_alias_and_the_death_of_the_will_arrive(
    mosquitto: Mosquitto, mqtt_client: Connect, start_engine: StartEngine, prefix: str
) -> None:
    running, edge = await started(start_engine, mosquitto, prefix), await edge_node(mqtt_client, mosquitto, prefix)
    await edge.says("NBIRTH", 0, [BD, T])
    await edge.says("DBIRTH", 1, [Metric("p", 6.5, 10, alias=2)], "press")
    await edge.says("DDATA", 2, [Metric("", 7.5, 10, alias=2)], "press")
    await running.holds(3)
    assert running.payloads == [{"t": 21.5}, {"p": 6.5}, {"p": 7.5}]
    last = running.kept[-1]
    assert last.topic == f"{prefix}/e/press" and last.time_ns == 1_700_000_000_000_000_000
    assert last.meta == {"group": prefix, "edge": "e", "device": "press", "bad": {}}
    edge.client.drop("the cable is cut")
    await running.holds(5)
    assert [message.meta["bad"] for message in running.kept[3:5]] == [
        {"t": "the edge node is gone"}, {"p": "the edge node is gone"}
    ]  # fmt: skip


async def test_a_gap_makes_all_bad_and_asks_the_edge_node_for_its_births(
    mosquitto: Mosquitto, mqtt_client: Connect, start_engine: StartEngine, prefix: str
) -> None:
    running, edge = await started(start_engine, mosquitto, prefix), await edge_node(mqtt_client, mosquitto, prefix)
    await edge.says("NBIRTH", 0, [BD, T])
    await edge.says("NDATA", 2, [T])
    await running.until(lambda: edge.commands)
    assert [(each.name, each.value) for each in edge.commands] == [("Node Control/Rebirth", True)]
    assert running.payloads == [{"t": 21.5}, {}] and running.kept[1].meta["bad"] == {"t": LOST}
    await edge.says("NBIRTH", 0, [BD, T])
    await edge.says("NDATA", 1, [Metric("", 30.0, 10, alias=1)])
    await running.until(lambda: running.payloads[-1] == {"t": 30.0})


async def test_an_edge_node_that_was_born_before_is_asked_for_its_births(
    mosquitto: Mosquitto, mqtt_client: Connect, start_engine: StartEngine, prefix: str
) -> None:
    running, edge = await started(start_engine, mosquitto, prefix), await edge_node(mqtt_client, mosquitto, prefix)
    await edge.says("NDATA", 77, [Metric("", 30.0, 10, alias=1)])
    await running.until(lambda: edge.commands)
    assert running.payloads == []


async def test_each_metric_can_be_a_message_and_rubbish_leaves_by_the_error_port(
    mosquitto: Mosquitto, mqtt_client: Connect, start_engine: StartEngine, prefix: str
) -> None:
    running = await started(start_engine, mosquitto, prefix, "each: true,")
    edge = await edge_node(mqtt_client, mosquitto, prefix)
    await edge.client.publish(f"spBv1.0/{prefix}/NBIRTH/e", b"\xff\xff rubbish", qos=1)
    await edge.says("NBIRTH", 0, [BD, T, Metric("n", None, 4)])
    await running.holds(3)
    assert "no Sparkplug B payload" in str(running.kept[0].meta)
    good, bad = running.kept[1:3]
    assert good.payload == {"value": 21.5} and (good.meta["metric"], good.meta["quality"]) == ("t", "good")
    assert bad.payload == {"value": None} and (bad.meta["quality"], bad.meta["reason"]) == ("bad", "no value")


async def heard_states(mqtt_client: Connect, broker: Mosquitto) -> tuple[list[bool], MqttClient]:
    said, client = list[bool](), await mqtt_client(broker.url)
    note = lambda packets: said.extend(json.loads(packet.payload)["online"] for packet in packets)  # noqa: E731
    await client.subscribe("spBv1.0/STATE/scada", note, qos=1).ready()
    return said, client


async def test_a_host_says_that_it_is_there_and_the_broker_says_when_it_is_gone(
    mosquitto: Mosquitto, mqtt_client: Connect, start_engine: StartEngine, prefix: str
) -> None:
    said, client = await heard_states(mqtt_client, mosquitto)
    running, edge = (
        await started(start_engine, mosquitto, prefix, "host_id: scada,"),
        await edge_node(mqtt_client, mosquitto, prefix),
    )
    await running.until(lambda: said == [True])
    await edge.says("NBIRTH", 0, [BD, T])
    await running.holds(1)
    await client.publish("spBv1.0/STATE/scada", state(False, 1), qos=1, retain=True)
    await running.until(lambda: said == [True, False, True])
    await running.engine.stop(0.5)
    await until(lambda: said == [True, False, True, False])


def test_flow_tests_send_metrics_by_name() -> None:
    node: Any = make(SparkplugIn, "{connection: b}")
    assert node.received(Message({"t": 1})).meta == {"device": "", "bad": {}}
    with pytest.raises(ValueError, match="metrics by name"):
        node.received(Message(1))
