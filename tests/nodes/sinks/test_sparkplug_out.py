"""`sparkplug_out` through whole flows, at a real mosquitto: births, data, rebirth, death, and the next session."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine import Message
from flowengine.runtime.inject import inject
from nodes.codecs.sparkplug.host import Host, rebirth, topic_of
from nodes.codecs.sparkplug.payload import decode
from nodes.codecs.sparkplug.state import state, state_topic
from tests.nodes.conftest import Connect, Running, StartEngine
from tests.servers.mosquitto import Mosquitto
from tests.waiting import until


class Listener:
    """Hears all that an edge node publishes; `said` are kind, device, sequence and values."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, int | None, dict[str, Any]]] = []
        self.host, self.asked = Host(), 0

    def __call__(self, packets: Any) -> None:
        for packet in packets:
            topic, payload = topic_of(packet.topic), decode(packet.payload)
            if topic is not None:
                self.said.append((topic.kind, topic.device, payload.seq, {m.name: m.value for m in payload.metrics}))
                self.asked += self.host.take(topic, packet.payload, 0.0)[1]

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, *_ in self.said]


async def started(
    start_engine: StartEngine, mqtt_client: Connect, broker: Mosquitto, group: str, options: str = ""
) -> tuple[Running, Listener, Any]:
    listener, client = Listener(), await mqtt_client(broker.url)
    await client.subscribe(f"spBv1.0/{group}/#", listener, qos=1).ready()
    running = await start_engine(
        f"flow: f\nconnections:\n  broker: {{type: mqtt, url: '{broker.url}'}}\n"
        "nodes:\n  in: {type: inject, to: out}\n"
        f"  out: {{type: sparkplug_out, connection: broker, group: {group}, edge: e, {options} on_error: got}}\n"
        "  got: {type: collect}\n"
    )
    if "primary_host" not in options:
        await until(lambda: "NBIRTH" in listener.kinds)
    return running, listener, client


def send(running: Running, payload: Any, **meta: Any) -> None:
    inject(running.engine.flows["f"], running.engine.services, "out", Message(payload, meta=meta))


async def test_births_data_and_a_rebirth_on_command_and_the_death_at_the_end(
    mosquitto: Mosquitto, mqtt_client: Connect, start_engine: StartEngine, prefix: str
) -> None:
    options = "device: '{device}', metric: '{sensor}',"
    running, heard, client = await started(start_engine, mqtt_client, mosquitto, prefix, options)
    send(running, {"value": 6.5}, device="press", sensor="p")
    send(running, {"value": 7.5}, device="press", sensor="p")
    await until(lambda: len(heard.said) >= 3)
    assert heard.said[1:3] == [("DBIRTH", "press", 1, {"p": 6.5}), ("DDATA", "press", 2, {"p": 7.5})]
    await client.publish(*rebirth(prefix, "e", 5))
    await until(lambda: len(heard.said) >= 5)
    assert heard.kinds[3:] == ["NBIRTH", "DBIRTH"] and heard.said[4][2:] == (1, {"p": 7.5})
    await running.engine.stop(0.5)
    await until(lambda: heard.kinds[-1] == "NDEATH")
    assert heard.said[-1][3] == {"bdSeq": heard.said[0][3]["bdSeq"]} and not heard.asked


async def test_after_a_cut_the_broker_tells_the_death_and_the_next_session_is_born(
    mosquitto: Mosquitto, mqtt_client: Connect, start_engine: StartEngine, prefix: str
) -> None:
    running, heard, _ = await started(start_engine, mqtt_client, mosquitto, prefix)
    send(running, {"t": 21.5})
    await until(lambda: any("t" in values for *_, values in heard.said))
    running.station("out").node._session._client.drop("the cable is cut")
    await until(lambda: heard.kinds.count("NDEATH") == 1 and heard.kinds[-1] == "NBIRTH")
    death, birth = heard.said[-2], heard.said[-1]
    first = heard.said[0][3]["bdSeq"]
    assert death[3] == {"bdSeq": first} and birth[3]["bdSeq"] == first + 1 and birth[3]["t"] == 21.5
    send(running, {"t": 22.5})
    await until(lambda: heard.said[-1] == ("NDATA", "", 1, {"t": 22.5}))
    assert not heard.asked


async def test_an_edge_node_lives_only_while_its_primary_host_is_there(
    mosquitto: Mosquitto, mqtt_client: Connect, start_engine: StartEngine, prefix: str,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    host = f"host-{prefix}"
    running, heard, client = await started(start_engine, mqtt_client, mosquitto, prefix, f"primary_host: {host},")
    send(running, {"t": 1.5})
    await until(lambda: f"keeping messages: host {host} is not online" in caplog.text)
    assert heard.said == []
    await client.publish(state_topic(host), state(True, 10), qos=1, retain=True)
    await until(lambda: heard.said and heard.said[-1][3].get("t") == 1.5)
    await client.publish(state_topic(host), state(False, 9), qos=1)  # the will of a session before
    await client.publish(state_topic(host), b"ONLINE", qos=1)
    send(running, {"t": 2.5})
    await until(lambda: heard.said[-1][3].get("t") == 2.5)
    assert "NDEATH" not in heard.kinds
    await client.publish(state_topic(host), state(False, 10), qos=1, retain=True)
    await until(lambda: heard.kinds[-1] == "NDEATH")
    await client.publish(state_topic(host), state(True, 11), qos=1, retain=True)
    await until(lambda: heard.kinds[-1] == "NBIRTH")
    first, last = heard.said[0][3]["bdSeq"], heard.said[-1][3]["bdSeq"]
    assert (last - first) % 256 == 1 and heard.said[-1][3]["t"] == 2.5


@pytest.mark.parametrize("payload", [5, {}, {"t": [1]}, {"bdSeq": 1}])
async def test_what_is_no_metric_leaves_by_the_error_port(
    mosquitto: Mosquitto, mqtt_client: Connect, start_engine: StartEngine, prefix: str, payload: Any
) -> None:
    running, _, _ = await started(start_engine, mqtt_client, mosquitto, prefix)
    send(running, payload)
    await running.until(lambda: payload in running.payloads)
