"""The client when brokers and consumers die: back soon, and nothing acknowledged is missing."""

import asyncio
import contextlib
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nodes.clients.mqtt import MqttClient, Publication
from tests.faults.amounts import crowding
from tests.nodes.clients.conftest import NewClient
from tests.nodes.clients.mqtt_inbasket import inbasket
from tests.servers.mosquitto import Mosquitto
from tests.waiting import lasts, quiet_for, until

pytestmark = [pytest.mark.integration, pytest.mark.faults]
ROOT = Path(__file__).parents[3]


async def publish_for(client: MqttClient, topic: str, seconds: float, ledger: list[int]) -> None:
    """Numbered messages; what the broker acknowledged goes to the ledger."""
    number, ends_s = 0, time.monotonic() + seconds
    while time.monotonic() < ends_s:
        batch = range(number, number + 20)
        await client.publish_many([Publication(topic, b"%d" % each, 1) for each in batch])
        ledger += batch
        number += 20
        await asyncio.sleep(0.005)


async def test_a_killed_broker_is_found_soon_after_its_return(
    mosquitto: Mosquitto, version: str, new_client: NewClient, prefix: str
) -> None:
    client = await new_client(mosquitto.url, version=version, client_id=prefix)
    basket = await inbasket(client, f"{prefix}/#")
    subscribed_ns = time.time_ns()
    await until(lambda: mosquitto.saved_ns > subscribed_ns)  # what it had not saved it would have forgotten
    mosquitto.kill()
    await until(lambda: not client.connected)
    publishing = asyncio.create_task(client.publish(f"{prefix}/a", b"while away", qos=1))
    await lasts(3, "an outage longer than the first tries")
    mosquitto.start()
    returned_s = time.monotonic()
    await client.wait_connected(60)
    assert time.monotonic() - returned_s < 4 * crowding(), "twice the longest pause between two tries"
    await publishing
    await basket.holds(1)
    assert client.reconnects == 1


async def test_a_frozen_broker_is_noticed_and_found_again(
    mosquitto: Mosquitto, version: str, new_client: NewClient, prefix: str
) -> None:
    lost: list[Exception] = []
    client = await new_client(
        mosquitto.url,
        version=version,
        client_id=prefix,
        keepalive_s=1,
        connect_timeout_s=1,
        events={"on_disconnect": lost.append},
    )
    basket = await inbasket(client, f"{prefix}/#")
    await quiet_for(2.5, "an idle connection is kept by pings")
    assert client.connected  # an idle connection is kept by pings
    mosquitto.freeze()
    await until(lambda: bool(lost))
    assert "nothing was heard" in str(lost[0])
    await lasts(0.5, "the outage")
    mosquitto.resume()
    await client.wait_connected(60)
    await client.publish(f"{prefix}/a", b"1", qos=1)
    await basket.holds(1)


async def test_a_broker_killed_under_load_costs_nothing_that_was_acknowledged(
    mosquitto: Mosquitto, version: str, new_client: NewClient, prefix: str
) -> None:
    """The consumer is connected all the time, so the broker's own loss of stored messages plays no part but for
    what was on its way at the kill; mosquitto saves once a second, and we allow it that second."""
    consumer = await new_client(mosquitto.url, version=version, client_id=f"{prefix}c")
    basket = await inbasket(consumer, f"{prefix}/#")
    publisher = await new_client(mosquitto.url, version=version, client_id=f"{prefix}p")
    ledger: list[int] = []
    load = asyncio.create_task(publish_for(publisher, f"{prefix}/a", 4, ledger))
    killed_at: list[int] = []
    for _ in range(2):
        await asyncio.sleep(1)
        mosquitto.kill()
        killed_at.append(len(ledger))
        mosquitto.start()
        await publisher.wait_connected(60)
        await consumer.wait_connected(60)
    await load
    await until(lambda: set(map(int, basket.payloads)) >= set(ledger[-20:]))
    missing = set(ledger) - set(map(int, basket.payloads))
    assert all(any(at - 1000 <= number <= at + 1000 for at in killed_at) for number in missing), sorted(missing)[:20]
    assert len(missing) <= 500


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_consumer_killed_ten_times_loses_nothing_acknowledged_to_the_publisher(
    mosquitto: Mosquitto, version: str, new_client: NewClient, prefix: str, tmp_path: Path
) -> None:
    sink = tmp_path / "sink"
    sink.touch()
    command = [sys.executable, str(Path(__file__).with_name("mqtt_consumer.py"))]
    command += [mosquitto.url, version, prefix, f"{prefix}/#", str(sink)]

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)})

    first = await new_client(mosquitto.url, version=version, client_id=prefix)
    await inbasket(first, f"{prefix}/#", settles=False)  # makes the session
    await first.close()
    publisher = await new_client(mosquitto.url, version=version)
    ledger: list[int] = []
    load = asyncio.create_task(publish_for(publisher, f"{prefix}/a", 11, ledger))
    consumer = start()
    try:
        for _ in range(10):
            await asyncio.sleep(random.uniform(0.6, 1.2))
            consumer.kill()
            consumer.wait(60)
            consumer = start()
        await load

        def seen() -> set[int]:
            return {int(line) for line in sink.read_bytes().splitlines() if line}

        with contextlib.suppress(AssertionError):
            await until(lambda: seen() >= set(ledger))
        assert sorted(set(ledger) - seen())[:20] == []
        assert len(ledger) > 1000
    finally:
        consumer.kill()
        consumer.wait(60)


async def test_a_broker_that_comes_back_repeats_only_what_it_had_not_read_the_acknowledgement_of(
    mosquitto: Mosquitto, version: str, new_client: NewClient, prefix: str
) -> None:
    kept: list[bool] = []
    client = await new_client(
        mosquitto.url, version=version, client_id=prefix, session_expiry_s=600, events={"on_connect": kept.append}
    )
    basket = await inbasket(client, f"{prefix}/#", settles=False)
    publisher = await new_client(mosquitto.url, version=version)
    numbers = [b"%d" % number for number in range(20)]
    await publisher.publish_many([Publication(f"{prefix}/a", number, 1) for number in numbers])
    await basket.holds(20)
    came_ns = time.time_ns()
    await until(lambda: mosquitto.saved_ns > came_ns)
    mosquitto.freeze()
    basket.subscription.ack(basket.packets[:8])  # on its way to a broker that reads no more
    mosquitto.kill()
    await until(lambda: not client.connected)
    mosquitto.start()
    await client.wait_connected(60)
    assert kept == [False, True], "it has the session, and sends all of it again"
    await basket.holds(28)
    basket.subscription.ack(basket.packets[8:])
    await publisher.wait_connected(60)
    await publisher.publish(f"{prefix}/a", b"last", qos=1)
    await basket.holds(29)
    assert basket.payloads == [*numbers, *numbers[:8], b"last"], "nothing that was still held came twice"
