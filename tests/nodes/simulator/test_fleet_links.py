"""The fleet over real sockets: every acknowledged message reaches a subscriber, wills and births as they must be."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime
from random import Random

from nodes.clients.mqtt import Incoming, MqttClient, MqttSettings
from nodes.servers.mqtt_broker import BrokerSettings, EmbeddedBroker
from nodes.simulator.agenda import Agenda
from nodes.simulator.faults import Fault, Switches
from nodes.simulator.fleet import Fleet, FleetPlan
from nodes.simulator.fleet_links import FleetLinks
from nodes.simulator.ledger import Ledger
from nodes.simulator.perform import perform
from tests.waiting import lasts

FAULTS = {
    "duplicate": Fault(0.05),
    "reset": Fault(at_s=(0.6,)),
    "takeover": Fault(at_s=(1.0,)),
    "leave": Fault(at_s=(1.4,)),
}


async def test_what_the_ledger_calls_acknowledged_arrives() -> None:
    broker = EmbeddedBroker(BrokerSettings())
    await broker.start()
    url = broker.url
    got: Counter[tuple[str, str]] = Counter()
    statuses: Counter[str] = Counter()

    def on_batch(packets: list[Incoming]) -> None:
        for packet in packets:
            if packet.topic.endswith("/status"):
                statuses[json.loads(packet.payload)["status"]] += 1
            else:
                got[packet.topic, packet.payload.decode()] += 1
        subscription.ack(packets)

    listener = MqttClient(MqttSettings(url=url))
    await listener.start()
    subscription = listener.subscribe("plant/#", on_batch)
    await subscription.ready()
    lines: list[bytes] = []
    agenda, links = Agenda(), FleetLinks(url)
    ledger = Ledger(lines.append, lambda: agenda.now_s)
    plan = FleetPlan(datetime.now(UTC), devices=10, seed=2, period_s=0.5)
    fleet = Fleet(plan, agenda, links, Switches(FAULTS, Random(2)), ledger)
    links.acknowledged, links.lost = fleet.acknowledged, fleet.lost
    async with links:
        await perform(agenda, 2.5)
    fleet.close()
    await lasts(0.2, "the last messages on their way")
    await listener.close()
    await broker.close()

    entries = [json.loads(line) for line in lines]
    sent = {e["message"]: (e["topic"], e["payload"]) for e in entries if e["what"] == "message"}
    acknowledged = Counter(sent[e["message"]] for e in entries if e["what"] == "acknowledged")
    assert acknowledged.total() > 100
    assert not acknowledged - got, "acknowledged, and not there"
    assert set(got) <= set(sent.values())
    assert {"reset", "taken_over", "leaves"} <= {e["what"] for e in entries}
    assert statuses["online"] > 10, "every connection announces itself"
    assert statuses["offline"] >= 2, "the broker publishes the will after a reset and after a takeover"


async def test_a_device_that_takes_commands_acknowledges_them() -> None:
    broker = EmbeddedBroker(BrokerSettings())
    await broker.start()
    acknowledged: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def on_batch(packets: list[Incoming]) -> None:
        acknowledged.done() or acknowledged.set_result(bytes(packets[0].payload))
        subscription.ack(packets)

    host = MqttClient(MqttSettings(url=broker.url))
    await host.start()
    subscription = host.subscribe("esp/ack/esp32_server-001", on_batch)
    await subscription.ready()
    agenda, links = Agenda(), FleetLinks(broker.url)
    plan = FleetPlan(datetime.now(UTC), devices=1, families=["esp32_server"])
    fleet = Fleet(plan, agenda, links, Switches({}, Random(1)), Ledger(lambda line: None, lambda: agenda.now_s))
    links.commanded = fleet.commanded
    async with links:
        task = asyncio.create_task(perform(agenda, 10))
        while not acknowledged.done():  # the device subscribes whenever it is there
            await host.publish("esp/esp32_server-001/cmd", b'{"DO1": 1}', qos=1)
            await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await acknowledged == b'{"DO1": 1}'
    await host.close()
    await broker.close()
