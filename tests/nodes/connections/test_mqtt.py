"""The `mqtt` connection: its settings reach the broker, will and birth, a broker of its own."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from flowengine.clock import SystemClock
from nodes.clients.mqtt import Incoming, MqttClient
from nodes.connections.mqtt import Mqtt, MqttConfig
from tests.nodes.conftest import Connect, StartEngine
from tests.nodes.waiting import until
from tests.servers.mosquitto import Mosquitto

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
    await connection.client.wait_connected(10)
    connection.client._session.link._transport.abort()  # type: ignore[union-attr]
    await until(lambda: connection.reconnects == 1)
    assert [record.levelname for record in caplog.records if "not connected" in record.message] == ["WARNING"]
    caplog.clear()
    await connection.close()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_password_and_name_are_used_and_never_shown(mosquitto: Mosquitto, tmp_path: Path) -> None:
    url = f"mqtt://127.0.0.1:{mosquitto.password_port}"
    connection = mqtt(tmp_path, url=url, username=mosquitto.user, password=mosquitto.password)
    await connection.open()
    await connection.client.wait_connected(10)
    assert connection.up
    assert mosquitto.password not in repr(connection.config) + repr(connection.client.settings)
    await connection.close()


def test_the_session_has_the_same_name_after_a_restart_and_another_elsewhere(tmp_path: Path) -> None:
    assert mqtt(tmp_path)._lasting_id() == mqtt(tmp_path)._lasting_id()
    assert mqtt(tmp_path)._lasting_id() != mqtt(tmp_path / "other")._lasting_id()


async def test_two_flows_with_the_same_settings_share_one_client(
    mosquitto: Mosquitto, start_engine: StartEngine, prefix: str
) -> None:
    text = f"""
connections: {{broker: {{type: mqtt, url: "{mosquitto.url}", client_id: {prefix}}}}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: {prefix}/a, to: got}}
  got: {{type: collect}}
"""
    running = await start_engine()
    for name in ("f", "g"):
        loaded = running.engine.load(f"flow: {name}\n{text}", f"{name}.yaml")
        assert loaded.ok, loaded.problems
        await running.engine.deploy(loaded)
    assert len(running.engine.pool.all()) == 1
    await running.engine.remove("f")
    assert len(running.engine.pool.all()) == 1
    await running.engine.remove("g")
    assert running.engine.pool.all() == []


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
    async with asyncio.timeout(10):
        while not running.kept:
            await client.publish("a/b", b"1", qos=1)
            await asyncio.sleep(0.01)
    assert running.kept[0].meta == {"x": "b"}


async def test_an_embedded_broker_for_others_needs_a_password(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="set username and password"):
        await mqtt(tmp_path, embedded=True, url="mqtt://0.0.0.0:1883").open()
