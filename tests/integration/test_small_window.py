"""Where a broker sends fewer unacknowledged messages than a buffer gathers, not each batch waits for its timer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest

from nodes.clients.mqtt import MqttClient, Publication
from nodes.clients.mqtt.settings import MqttSettings
from tests.faults.amounts import crowding

pytestmark = pytest.mark.integration
A_SECOND, A_TURN, N = 1_000, 20, 5_000
LATE_S = 0.5
"""Half of what the buffer's timer would cost; the first batches wait for it, then what the broker queued comes."""

VERSIONS = {"v5": "5", "v311": "3.1.1"}
FLOW = "connections:\n" + "".join(
    f'  {name}: {{{{type: mqtt, url: "{{url}}", version: "{version}"}}}}\n' for name, version in VERSIONS.items()
)
FLOW += "nodes:\n" + "".join(
    f'  in_{name}: {{{{type: mqtt_in, connection: {name}, topic: "{{topic}}", to: hold_{name}}}}}\n'
    f"  hold_{name}: {{{{type: buffer, count: 100, every: 1s, to: out_{name}}}}}\n"
    f"  out_{name}: {{{{type: file_out, path: {name}.jsonl, format: json}}}}\n"
    for name in VERSIONS
)


async def test_a_window_of_twenty_holds_no_stream_up_to_the_timer(
    new_mosquitto: Callable[..., Any], plant: Any
) -> None:
    broker = new_mosquitto(max_inflight_messages="20")
    await plant.deploy(FLOW.format(url=broker.url, topic="window/#"))
    flow = plant.engine.flows["f"]
    await plant.until(lambda: all(connection.up for connection in flow.connections.values()))
    late_s: dict[str, list[float]] = {name: [] for name in VERSIONS}
    sent_s: list[float] = []

    def look(now_s: float) -> None:
        sent_s.append(now_s)
        for name, each in late_s.items():
            waiting = plant.station(f"out_{name}").passed // A_TURN
            each.append(now_s - sent_s[waiting] if waiting < len(sent_s) else 0.0)

    await published(broker.url, look)
    await plant.until(lambda: all(plant.station(f"out_{name}").passed == N for name in VERSIONS))
    as_a_rule_s = {name: median(each[len(each) // 2 :]) for name, each in late_s.items()}
    assert max(as_a_rule_s.values()) < LATE_S * crowding(), as_a_rule_s


async def published(url: str, look: Callable[[float], None]) -> None:
    """A steady stream, with a look at each turn at how many of those sent have come out."""
    client = MqttClient(MqttSettings(url=url, close_timeout_s=0.5))
    await client.start()
    await client.wait_connected(60)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    for first in range(0, N, A_TURN):
        await asyncio.sleep(max(0.0, began_s + first / A_SECOND - loop.time()))
        look(loop.time())
        await client.publish_many([Publication("window/a", b"%d" % n, 1) for n in range(first, first + A_TURN)])
    await client.close()
