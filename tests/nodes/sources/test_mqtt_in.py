"""`mqtt_in` through whole flows against a real mosquitto."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from pathlib import Path

import pytest

from flowengine import Message
from flowengine.testing import make
from nodes.clients.mqtt import Publication
from nodes.sources.mqtt_in import MqttIn
from tests.nodes.conftest import Connect, Running, StartEngine
from tests.servers.mosquitto import Mosquitto
from tests.waiting import until

pytestmark = pytest.mark.integration

FLOW = """
flow: f
connections: {{broker: {{type: mqtt, url: "{url}", {connection}}}}}
nodes:
  field: {{type: mqtt_in, connection: broker, {options}, to: {to}, on_error: bad}}
  got: {{type: collect{got}}}
  bad: {{type: collect}}
"""


def flow(url: str, options: str, connection: str = "version: 5", got: str = "") -> str:
    return FLOW.format(url=url, options=options, connection=connection, got=got, to="got")


async def subscribed(running: Running, broker: Mosquitto, client: str) -> None:
    """Wait until the broker has the flow's subscription."""
    await running.until(lambda: f"Sending SUBACK to {client}" in broker.log_file.read_text(errors="replace"))


@pytest.mark.parametrize("version", ["5", "3.1.1"])
@pytest.mark.parametrize("qos", [0, 1, 2])
async def test_messages_come_in_order_with_their_captures(
    mosquitto: Mosquitto, start_engine: StartEngine, mqtt_client: Connect, prefix: str, version: str, qos: int
) -> None:
    running = await start_engine(
        flow(
            mosquitto.url,
            f"topic: '{prefix}/{{line}}/+/{{rest#}}', qos: {qos}",
            f"client_id: {prefix}, version: '{version}'",
        )
    )
    await subscribed(running, mosquitto, prefix)
    client = await mqtt_client(mosquitto.url)
    await client.publish_many([Publication(f"{prefix}/l1/x/a/b", b'{"n":%d}' % n, qos) for n in range(300)])
    assert await running.holds(300) == [{"n": n} for n in range(300)]
    first = running.kept[0]
    assert first.meta == {"line": "l1", "rest": "a/b"}
    assert first.topic == f"{prefix}/l1/x/a/b"
    assert first.time_ns == first.arrived_ns > 0
    assert running.balanced()


async def test_bad_payloads_leave_by_the_error_port_and_good_ones_go_on(
    mosquitto: Mosquitto, start_engine: StartEngine, mqtt_client: Connect, prefix: str
) -> None:
    options = f"topic: '{prefix}/#', format: json, max_bytes: 1KiB"
    text = flow(mosquitto.url, options, f"client_id: {prefix}").replace("  bad: {type: collect}", "  bad: {type: log}")
    running = await start_engine(text)
    await subscribed(running, mosquitto, prefix)
    client = await mqtt_client(mosquitto.url)
    hostile = [b"", b"{", b"\xff\xfe", b"[" * 500, b"1e999", b"NaN", b"[" + b"1," * 5000 + b"1]"]
    await client.publish_many([Publication(f"{prefix}/a", payload, 1) for payload in (b"1", *hostile, b"2")])
    assert await running.holds(2) == [1, 2]
    field = running.station("field")
    await running.until(lambda: field.errored == len(hostile))
    said = {label.partition(":")[0] for label in field.errors}
    assert said >= {"payload malformed", "payload too_large", "payload empty", "payload out_of_range"}
    assert running.balanced()


async def test_a_session_keeps_messages_while_the_engine_is_down(
    mosquitto: Mosquitto, start_engine: StartEngine, mqtt_client: Connect, prefix: str
) -> None:
    text = flow(mosquitto.url, f"topic: '{prefix}/#'")  # the client id is the same after a restart by itself
    first = await start_engine(text)
    client = await mqtt_client(mosquitto.url)
    while not first.kept:
        await client.publish(f"{prefix}/a", b"0", qos=1)
        await asyncio.sleep(0.01)
    await first.engine.stop(1)
    await client.publish_many([Publication(f"{prefix}/a", b"%d" % n, 1) for n in range(1, 101)])
    second = await start_engine(text)
    assert [n for n in await second.holds(100) if n] == list(range(1, 101))


async def test_a_group_shares_the_messages_and_each_comes_once(
    mosquitto: Mosquitto, start_engine: StartEngine, mqtt_client: Connect, prefix: str, tmp_path: Path
) -> None:
    engines = []
    for name in ("a", "b"):
        options = f"topic: '{prefix}/{{n}}', share: workers"
        engines.append(await start_engine(flow(mosquitto.url, options, f"client_id: {prefix}{name}"), tmp_path / name))
        await subscribed(engines[-1], mosquitto, prefix + name)
    client = await mqtt_client(mosquitto.url)
    await client.publish_many([Publication(f"{prefix}/x", b"%d" % n, 1) for n in range(200)])
    await engines[0].until(lambda: sum(len(running.kept) for running in engines) >= 200)
    assert sorted(engines[0].payloads + engines[1].payloads) == list(range(200))
    assert all(running.kept for running in engines)


async def test_retained_messages_are_marked_and_can_be_left_out(
    mosquitto: Mosquitto, start_engine: StartEngine, mqtt_client: Connect, prefix: str, tmp_path: Path
) -> None:
    client = await mqtt_client(mosquitto.url)
    await client.publish(f"{prefix}/a", b"1", qos=1, retain=True)
    takes = await start_engine(flow(mosquitto.url, f"topic: '{prefix}/a'", f"client_id: {prefix}t"))
    await takes.holds(1)
    assert takes.kept[0].meta == {"retained": True}
    options = f"topic: '{prefix}/a', retained: false"
    leaves = await start_engine(flow(mosquitto.url, options, f"client_id: {prefix}l"), tmp_path / "l")
    await subscribed(leaves, mosquitto, f"{prefix}l")
    await client.publish(f"{prefix}/a", b"2", qos=1, retain=True)
    assert await leaves.holds(1) == [2]
    assert (await takes.holds(2))[1] == 2
    assert takes.kept[1].meta == {}  # passed on live
    await client.publish(f"{prefix}/a", b"", qos=1, retain=True)


async def test_tls_with_a_client_certificate(
    mosquitto: Mosquitto, start_engine: StartEngine, mqtt_client: Connect, prefix: str
) -> None:
    files = mosquitto.certificates
    tls = f"tls: {{ca: '{files.ca}', cert: '{files.client_cert}', key: '{files.client_key}'}}"
    url = f"mqtts://localhost:{mosquitto.tls_port}"
    running = await start_engine(flow(url, f"topic: '{prefix}/#'", f"client_id: {prefix}, {tls}"))
    await subscribed(running, mosquitto, prefix)
    client = await mqtt_client(mosquitto.url)
    await client.publish(f"{prefix}/a", b"7", qos=1)
    assert await running.holds(1) == [7]


async def test_what_a_flow_cannot_deliver_is_not_acknowledged_and_comes_again(
    mosquitto: Mosquitto, start_engine: StartEngine, mqtt_client: Connect, prefix: str
) -> None:
    stuck = flow(mosquitto.url, f"topic: '{prefix}/#'", f"client_id: {prefix}", ", away: true")
    first = await start_engine(stuck)
    await subscribed(first, mosquitto, prefix)
    client = await mqtt_client(mosquitto.url)
    await client.publish_many([Publication(f"{prefix}/a", b"%d" % n, 1) for n in range(50)])
    await first.until(lambda: first.station("field").received == 20)  # so many mosquitto sends unacknowledged
    await first.engine.stop(0.05)
    second = await start_engine(flow(mosquitto.url, f"topic: '{prefix}/#'", f"client_id: {prefix}"))
    assert await second.holds(50) == list(range(50))


@pytest.mark.timeout(90)
async def test_the_broker_killed_and_back_is_found_again(
    new_mosquitto: object, start_engine: StartEngine, mqtt_client: Connect, prefix: str
) -> None:
    broker = new_mosquitto()  # type: ignore[operator]
    running = await start_engine(flow(broker.url, f"topic: '{prefix}/#'", f"client_id: {prefix}"))
    await subscribed(running, broker, prefix)
    client = await mqtt_client(broker.url)
    await client.publish_many([Publication(f"{prefix}/a", b"%d" % n, 1) for n in range(50)])
    await running.holds(50)
    held_ns = time.time_ns() + 100_000_000  # and acknowledged
    await until(lambda: broker.saved_ns > held_ns)
    await asyncio.to_thread(broker.kill)
    sending = asyncio.create_task(
        client.publish_many([Publication(f"{prefix}/a", b"%d" % n, 1) for n in range(50, 100)])
    )
    await asyncio.to_thread(broker.start)
    await sending
    await running.until(lambda: set(running.payloads) == set(range(100)))


@pytest.mark.faults
@pytest.mark.timeout(120)
async def test_nothing_acknowledged_to_the_publisher_is_lost_when_the_engine_is_killed(
    mosquitto: Mosquitto, mqtt_client: Connect, prefix: str, tmp_path: Path
) -> None:
    path, rng = tmp_path / "got.txt", random.Random(5)
    client = await mqtt_client(mosquitto.url)
    acked: list[int] = []
    count = 0

    async def engine() -> asyncio.subprocess.Process:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.nodes.sources.mqtt_flow_child", mosquitto.url, f"{prefix}/#", str(path),
            cwd=Path(__file__).parents[3], stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert child.stdout is not None
        assert await asyncio.wait_for(child.stdout.readline(), 60) == b"running\n"
        return child

    async def publish_for(seconds: float) -> None:
        nonlocal count
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            numbers = range(count, count + 50)
            count += 50
            await client.publish_many([Publication(f"{prefix}/a", b"%d" % n, 1) for n in numbers])
            acked.extend(numbers)

    child = await engine()
    log = mosquitto.log_file
    await until(lambda: f"Sending SUBACK to {prefix}" in log.read_text(errors="replace"))
    for _ in range(5):
        publishing = asyncio.create_task(publish_for(0.8))
        await asyncio.sleep(rng.uniform(0.1, 0.6))
        child.kill()
        await child.wait()
        child = await engine()
        await publishing

    def stored() -> set[int]:
        return {int(line) for line in path.read_text().splitlines() if line}

    await until(
        lambda: stored() >= set(acked), says=lambda: f"missing: {sorted(set(acked) - stored())[:20]}", pause_s=0.1
    )
    child.kill()
    await child.wait()
    assert len(acked) > 1000


def test_flow_tests_send_what_the_broker_would() -> None:
    node = make(MqttIn, "{connection: broker, topic: 'lab/{device}/temp', format: json}")
    got = node.received(Message(b'{"v": 1}', "lab/c1/temp"))
    assert (got.payload, got.meta) == ({"v": 1}, {"device": "c1"})
    with pytest.raises(ValueError, match="does not match"):
        node.received(Message(1, "lab/c1/other"))


@pytest.mark.parametrize("topic", ["a/#/b", "a/{b}c", "", "{x}/{x}"])
def test_a_bad_filter_is_refused(topic: str) -> None:
    with pytest.raises(ValueError):
        make(MqttIn, f"{{connection: broker, topic: '{topic}'}}")
