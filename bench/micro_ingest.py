"""CPU microseconds per message of each stage of F1, in one process without a network. Usage: micro_ingest.py [rounds]

Batches are as a busy link gives them. All stages run interleaved, round by round; a row is the best of its rounds,
which other work on the machine disturbs least. The sum leaves out asyncio, sockets and HTTP (`bench sat f1`).
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from isal import igzip
from mqtt5 import PublishPacket, QoS

from flowengine import Message
from flowengine.expression import compile_template
from flowengine.testing import make
from nodes.clients.influxdb.points import Points
from nodes.clients.mqtt import codec5
from nodes.clients.mqtt.delivery import Delivery
from nodes.clients.mqtt.settings import MqttSettings
from nodes.clients.mqtt.subscriptions import Options, Subscription
from nodes.sources.mqtt_in import MqttIn
from nodes.stateful.buffer import Buffer
from nodes.stateful.rtdb_write import RtdbWrite
from nodes.transforms.normalise import Normalise
from nodes.transforms.set import Set

BATCH = 250
SENSORS = ("temperature", "humidity", "co2", "soil_moisture", "light", "ph", "ec", "pressure", "wind_speed", "battery")
Stage = tuple[str, Callable[[], object]]


def wire(first: int) -> bytes:
    """A read of `BATCH` packets from 1,000 series, as a broker sends them to a subscription with an identifier."""
    packets = []
    for n in range(first, first + BATCH):
        device = n // 10 % 100
        topic = f"farm/site{device % 10:02}/dev{device:03}/telemetry/{SENSORS[n % 10]}"
        text = f'{{"value": {10 + n % 60 + 0.45:.2f}, "time": "2026-01-01T00:{n // 60000 % 60:02}:{n // 1000 % 60:02}.'
        payload = f'{text}{n % 1000:03}Z"}}'
        packets.append(PublishPacket(topic, payload=payload.encode(), qos=QoS.AT_MOST_ONCE, subscription_ids=[1]))
    return b"".join(packet.write() for packet in packets)


def stages() -> list[Stage]:
    """Each stage with the input that the one before it gives."""
    reads = [wire(first) for first in range(0, 1000, BATCH)]
    parsed = [codec5.split(read)[0] for read in reads]
    delivery = Delivery(MqttSettings(url="mqtt://127.0.0.1:1", client_id="micro"))
    interest = delivery.router.add("farm/#", Options())
    got: list[list[Any]] = []
    subscription = Subscription(interest, got.append, None, delivery.settle, lambda _: None)
    delivery.joined(interest, subscription)
    delivery.router._by_id[1] = interest

    def deliver() -> None:
        for packets in parsed:
            delivery.receive(packets)
        for batch in got:
            subscription.ack(batch)
        got.clear()

    source = make(MqttIn, "{connection: b, topic: 'farm/{site}/{device}/telemetry/{sensor}', format: json}")
    clean, latest = make(Normalise), make(RtdbWrite, "key: '{device}/{sensor}'")
    buffer, setter = make(Buffer, "{count: 100, every: 5s}"), make(Set, "values: {meta.x: 0}")
    points = Points(compile_template("telemetry"), ["site", "device", "sensor"], precision="ms")
    messages: list[Sequence[Message]] = [source._messages(packets)[0] for packets in parsed]
    cleaned = [clean.process(batch) for batch in messages]
    lines = [points.lines(batch)[0] for batch in cleaned]
    return [
        ("split a read into packets", lambda: [codec5.split(read) for read in reads]),
        ("deliver to the subscriber, acknowledge", deliver),
        ("mqtt_in: JSON and captures", lambda: [source._messages(packets) for packets in parsed]),
        ("normalise", lambda: [clean.process(batch) for batch in messages]),
        ("rtdb_write", lambda: [latest.process(batch, 0.0) for batch in cleaned]),
        ("buffer", lambda: [buffer.process(batch, 0.0) for batch in cleaned]),
        ("line protocol", lambda: [points.lines(batch) for batch in cleaned]),
        ("join and gzip", lambda: [igzip.compress("\n".join(part).encode(), 1) for part in lines]),
        ("(F2: one set)", lambda: [setter.process(batch) for batch in cleaned]),
    ]


def cpu_us(call: Callable[[], object], repeats: int) -> float:
    """CPU microseconds per message."""
    began = time.process_time_ns()
    for _ in range(repeats):
        call()
    return (time.process_time_ns() - began) / 1000 / repeats / 1000


async def main(rounds: int) -> None:
    """Print the table and the sum."""
    table = stages()
    best = {name: float("inf") for name, _ in table}
    for _ in range(rounds):
        for name, call in table:
            best[name] = min(best[name], cpu_us(call, 5))
    for name, figure in best.items():
        print(f"{figure:8.3f}  {name}")
    print(f"{sum(figure for name, figure in best.items() if name[0] != '('):8.3f}  in all")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 30))
