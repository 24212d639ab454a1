"""The `mqtt` connection: its settings reach the broker, will and birth, a broker of its own."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flowengine.clock import SystemClock
from flowengine.connections import SessionName
from nodes.clients.mqtt import Incoming, MqttClient, MqttSettings, PublishRefused
from nodes.connections.mqtt import Mqtt, MqttConfig
from tests.nodes.conftest import Connect, Running, StartEngine
from tests.servers.mosquitto import Mosquitto
from tests.waiting import lasts, quiet_for, until

pytestmark = pytest.mark.integration


def mqtt(folder: Path, **settings: Any) -> Mqtt:
    log = logging.LoggerAdapter(logging.getLogger("test"), {})
    return Mqtt(MqttConfig(**settings), "broker", log, SystemClock(), folder)


async def seen(client: MqttClient, topic: str) -> list[Incoming]:
    got: list[Incoming] = []
    subscription = client.subscribe(topic, got.extend)
    await subscription.ready()
    return got


async def test_a_retained_birth_replaces_the_retained_will(
    mosquitto: Mosquitto, mqtt_client: Connect, prefix: str, tmp_path: Path
) -> None:
    words = {
        "will": {"topic": f"{prefix}/state", "payload": "offline"},
        "birth": {"topic": f"{prefix}/state", "payload": "online"},
    }
    watcher = await mqtt_client(mosquitto.url)
    got = await seen(watcher, f"{prefix}/state")
    connection = mqtt(tmp_path, url=mosquitto.url, client_id=prefix, **words)
    await connection.open()
    await until(lambda: [packet.payload for packet in got] == [b"online"])
    connection.client._session.link._transport.abort()  # type: ignore[union-attr]
    await until(lambda: [packet.payload for packet in got] == [b"online", b"offline", b"online"])
    assert connection.reconnects == 1
    late = await seen(await mqtt_client(mosquitto.url), f"{prefix}/state")
    await until(lambda: [packet.payload for packet in late] == [b"online"])
    await connection.close()
    assert not connection.up


async def test_a_lost_broker_is_warned_of_and_an_end_of_our_own_is_not(
    mosquitto: Mosquitto, prefix: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    connection = mqtt(tmp_path, url=mosquitto.url, client_id=prefix)
    await connection.open()
    await connection.client.wait_connected(60)
    connection.client._session.link._transport.abort()  # type: ignore[union-attr]
    await until(lambda: connection.reconnects == 1)
    assert [record.levelname for record in caplog.records if "not connected" in record.message] == ["WARNING"]
    caplog.clear()
    await connection.close()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_password_and_name_are_used_and_never_shown(guarded_mosquitto: Mosquitto, tmp_path: Path) -> None:
    url = f"mqtt://127.0.0.1:{guarded_mosquitto.password_port}"
    connection = mqtt(tmp_path, url=url, username=guarded_mosquitto.user, password=guarded_mosquitto.password)
    await connection.open()
    await connection.client.wait_connected(60)
    assert connection.up
    assert guarded_mosquitto.password not in repr(connection.config) + repr(connection.client.settings)
    await connection.close()


async def test_the_session_has_the_same_name_after_a_restart_and_another_elsewhere(tmp_path: Path) -> None:
    first = await mqtt(tmp_path)._own_id()
    assert await mqtt(tmp_path)._own_id() == first
    assert await mqtt(tmp_path / "other")._own_id() != first


async def test_each_flow_has_a_session_of_its_own_and_keeps_it_over_restarts(tmp_path: Path) -> None:
    async def ids(*flows: str, **settings: Any) -> list[str]:
        found = []
        for flow in flows:
            connection = mqtt(tmp_path, **settings)
            connection.flow = flow
            found.append(await connection._own_id())
        return found

    assert await ids("f", "g", client_id="plant") == ["plant", "plant-g"]
    assert await ids("g", "f", client_id="plant") == ["plant-g", "plant"]
    unnamed = await ids("f", "g")
    assert unnamed[0] != unnamed[1] and await ids("g", "f") == unnamed[::-1]
    (tmp_path / "client_ids.json").write_bytes(b"torn")
    assert await ids("f", "g", client_id="plant") == ["plant", "plant-g"]


async def test_in_a_cluster_a_session_has_one_name_wherever_its_flow_runs(tmp_path: Path) -> None:
    async def name(folder: str, session: SessionName, **settings: Any) -> str:
        connection = mqtt(tmp_path / folder, **settings)
        connection.flow, connection.session_name = "f.in.0", session
        return await connection._own_id()

    alone, one_of_two = SessionName("c-f-broker-in-0"), SessionName("c-f-broker-in-0", "in-0")
    assert [await name(folder, alone) for folder in ("w1", "w2")] == ["c-f-broker-in-0"] * 2
    assert await name("w1", alone, client_id="plant") == "plant"
    assert await name("w1", one_of_two, client_id="plant") == "plant-in-0"


def two_flows(url: str, prefix: str, version: str) -> list[tuple[str, str]]:
    broker = f"connections: {{broker: {{type: mqtt, url: '{url}', client_id: {prefix}, version: '{version}'}}}}"
    into = f"{{type: mqtt_in, connection: broker, topic: {prefix}/"
    return [
        ("f", f"flow: f\n{broker}\nnodes: {{in: {into}f, to: dead}}, dead: {{type: collect, away: true}}}}"),
        ("g", f"flow: g\n{broker}\nnodes: {{in: {into}g, to: got}}, got: {{type: collect}}}}"),
    ]


async def deploy(running: Running, flows: list[tuple[str, str]]) -> None:
    for name, text in flows:
        loaded = running.engine.load(text, f"{name}.yaml")
        assert loaded.ok, loaded.problems
        await running.engine.deploy(loaded)


def all_up(running: Running) -> bool:
    return all(connection.up for connection in running.engine.pool.all())


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_a_flow_whose_sink_is_away_stops_no_other_flow(
    mosquitto: Mosquitto, start_engine: StartEngine, mqtt_client: Connect, prefix: str, version: str
) -> None:
    running = await start_engine()
    await deploy(running, two_flows(mosquitto.url, prefix, version))
    assert len(running.engine.pool.all()) == 2
    await running.until(lambda: all_up(running))
    client = await mqtt_client(mosquitto.url)
    await until(lambda: mosquitto.has(f"{prefix}/f") and mosquitto.has(f"{prefix}/g"))
    for n in range(30):
        await client.publish(f"{prefix}/f", b"%d" % n, qos=1)
    for n in range(50):
        await client.publish(f"{prefix}/g", b"%d" % n, qos=1)
    assert await running.holds(50) == list(range(50))
    samples = [line for line in running.engine.metrics().splitlines() if line.startswith("flowengine_connection_up")]
    assert sorted(samples) == [f'flowengine_connection_up{{connection="broker",flow="{flow}"}} 1' for flow in "fg"]


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_a_session_that_flows_once_shared_is_drained_to_all_of_them(
    mosquitto: Mosquitto, start_engine: StartEngine, mqtt_client: Connect, prefix: str, version: Any
) -> None:
    """What an engine of before left at the broker: one session with the filters of two flows."""
    shared = await mqtt_client(mosquitto.url, client_id=prefix, version=version)
    for flow in "fg":
        await shared.subscribe(f"{prefix}/{flow}", print).ready()
    shared.stop()
    await shared.close()
    client = await mqtt_client(mosquitto.url)
    for n in range(50):
        await client.publish(f"{prefix}/g", b"%d" % n, qos=1)
    running = await start_engine()
    await deploy(running, two_flows(mosquitto.url, prefix, version))
    assert await running.holds(50) == list(range(50))
    await running.until(lambda: all_up(running))
    await lasts(0.2, "subscriptions that are given up")
    await client.publish(f"{prefix}/g", b"50", qos=1)  # comes by both sessions for the last time
    await running.holds(51)
    await quiet_for(0.2, "by both sessions for the last time")
    del running.kept[:]
    for n in range(5):
        await client.publish(f"{prefix}/g", b"%d" % n, qos=1)
    await running.holds(5)
    await quiet_for(0.2, "each message comes once")
    assert running.payloads == list(range(5))
    assert all(each.client.counters["held"] == 0 for each in running.engine.pool.all())  # type: ignore[attr-defined]
    assert [len(each.client._session.delivery.inbox) for each in running.engine.pool.all()] == [0, 0]  # type: ignore[attr-defined]


@pytest.mark.parametrize("change", ["keepalive: 20", "version: 3.1.1"])
async def test_a_deploy_that_changes_the_connection_repeats_nothing_that_is_held(
    mosquitto: Mosquitto, start_engine: StartEngine, mqtt_client: Connect, prefix: str, change: str
) -> None:
    def text(more: str) -> str:
        return f"""
flow: f
connections: {{broker: {{type: mqtt, url: "{mosquitto.url}", client_id: {prefix}, {more}}}}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: '{prefix}/#', to: hold}}
  hold: {{type: buffer, count: 1000, every: 500ms, to: got}}
  got: {{type: collect}}
"""

    running = await start_engine(text("keepalive: 10"))
    await running.until(lambda: all_up(running))
    client = await mqtt_client(mosquitto.url)
    await until(lambda: mosquitto.has(f"{prefix}/#"))
    sent = 0
    for more in (change, "keepalive: 30", change, "keepalive: 10"):
        for _ in range(10):
            await client.publish(f"{prefix}/a", b"%d" % sent, qos=1)
            sent += 1
        await running.deploy(text(more))
        await running.until(lambda: all_up(running))
    (connection,) = running.engine.pool.all()
    await running.holds(sent)
    await quiet_for(0.7, "nothing that is held comes again")
    assert running.payloads == list(range(sent))
    assert connection.client._session.delivery.inbox._pending == {}  # type: ignore[attr-defined]


async def test_a_deploy_that_fails_leaves_the_connection_as_it_was(
    mosquitto: Mosquitto, start_engine: StartEngine, mqtt_client: Connect, prefix: str
) -> None:
    text = f"""
flow: f
connections: {{broker: {{type: mqtt, url: "{mosquitto.url}", client_id: {prefix}, keepalive: 10}}}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: '{prefix}/#', to: got}}
  got: {{type: collect}}
"""
    running = await start_engine(text)
    (connection,) = running.engine.pool.all()
    spec = running.engine.flows["f"].flow.connections["broker"]
    changed = replace(spec, options={**spec.options, "keepalive": 20}, config=None)
    await running.engine.pool.acquire(changed, "f")
    await running.engine.pool.release(changed, "f")
    assert running.engine.pool.all() == [connection]
    client = await mqtt_client(mosquitto.url)
    await running.until(lambda: connection.up)
    await until(lambda: mosquitto.has(f"{prefix}/#"))
    await client.publish(f"{prefix}/a", b"1", qos=1)
    assert await running.holds(1) == [1]
    assert connection.client.settings.keepalive_s == 10  # type: ignore[attr-defined]


async def test_flows_with_the_same_embedded_broker_share_it(
    start_engine: StartEngine, mqtt_client: Connect, free_port: int
) -> None:
    url = f"mqtt://127.0.0.1:{free_port}"
    running = await start_engine()
    broker = f'connections: {{broker: {{type: mqtt, embedded: true, url: "{url}"}}}}'
    nodes = "nodes: {in: {type: mqtt_in, connection: broker, topic: 'a/#', to: got}, got: {type: collect}}"
    await deploy(running, [(name, f"flow: {name}\n{broker}\n{nodes}") for name in "fg"])
    client = await mqtt_client(url)
    await running.until(lambda: all_up(running))
    await running.engine.remove("f")
    await quiet_for(0.2, "the broker stays for the other flow")
    await client.publish("a/b", b"1", qos=1)
    assert await running.holds(1) == [1]


async def test_a_broker_in_this_process_serves_flows_and_others(
    start_engine: StartEngine, mqtt_client: Connect, free_port: int
) -> None:
    url = f"mqtt://127.0.0.1:{free_port}"
    running = await start_engine(f"""
flow: f
connections: {{broker: {{type: mqtt, embedded: true, url: "{url}"}}}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: 'a/{{x}}', to: got}}
  got: {{type: collect}}
""")
    client = await mqtt_client(url)
    async with asyncio.timeout(60):
        while not running.kept:
            await client.publish("a/b", b"1", qos=1)
            await asyncio.sleep(0.01)
    assert running.kept[0].meta == {"x": "b"}


async def test_users_of_an_embedded_broker_reach_the_flow_by_their_own_topics_only(
    start_engine: StartEngine, free_port: int
) -> None:
    url = f"mqtt://127.0.0.1:{free_port}"
    running = await start_engine(f"""
flow: f
connections:
  broker:
    {{type: mqtt, embedded: true, url: "{url}", username: me, password: of mine,
     users: {{pump: {{password: of the pump, publish: ['pump/#']}}}}}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: '#', to: got}}
  got: {{type: collect}}
""")
    await running.until(lambda: all_up(running))
    pump = MqttClient(MqttSettings(url=url, username="pump", password="of the pump"))
    await pump.start()
    try:
        await pump.wait_connected(60)
        with pytest.raises(PublishRefused):
            await pump.publish("valve", b"1", qos=1)
        await pump.publish("pump/1", b"2", qos=1)
    finally:
        await pump.close()
    assert await running.holds(1) == [2]


@pytest.mark.parametrize(
    "settings",
    [
        {"embedded": True}, {"username": "me", "password": "x"},
        {"embedded": True, "username": "pump", "password": "x"},
    ],
)  # fmt: skip
def test_users_without_a_broker_or_a_password_of_its_own_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="users"):
        MqttConfig(url="mqtt://127.0.0.1", users={"pump": {"password": "x"}}, **settings)


async def test_an_embedded_broker_for_others_needs_a_password(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="set username and password"):
        await mqtt(tmp_path, embedded=True, url="mqtt://0.0.0.0:1883").open()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("broker.local:1883", "begins with mqtt://"),
        ("broker.local", "begins with mqtt://"),
        ("tcp://broker", "begins with mqtt://"),
        ("mqtt:///x", "names no host"),
        ("mqtt://broker:99999", "a port is a number"),
        ("mqtt://broker:one", "a port is a number"),
    ],
)
def test_an_address_that_is_no_brokers_is_told_before_it_runs(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        MqttConfig.model_validate({"url": url})
