"""The broker fixture is a real broker with the doors and faults it promises."""

import asyncio
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiomqtt
import pytest

from tests.servers.mosquitto import Mosquitto
from tests.waiting import until

pytestmark = pytest.mark.integration


async def _round_trip(payload: bytes, **where: Any) -> bytes:
    async with asyncio.timeout(60), aiomqtt.Client("127.0.0.1", **where) as client:
        await client.subscribe("farm/self-test", qos=1)
        await client.publish("farm/self-test", payload, qos=1)
        return bytes((await anext(client.messages)).payload)


def _context(broker: Mosquitto, *, stranger: bool = False) -> ssl.SSLContext:
    files = broker.certificates
    context = ssl.create_default_context(cafile=str(files.ca))
    context.load_cert_chain(
        *((files.stranger_cert, files.stranger_key) if stranger else (files.client_cert, files.client_key))
    )
    return context


async def test_mosquitto_carries_a_message(mosquitto: Mosquitto) -> None:
    assert await _round_trip(b"21.5", port=mosquitto.port) == b"21.5"


async def test_mosquitto_lets_a_client_certificate_in(mosquitto: Mosquitto) -> None:
    assert await _round_trip(b"tls", port=mosquitto.tls_port, tls_context=_context(mosquitto)) == b"tls"


async def test_mosquitto_refuses_a_certificate_of_another_authority(mosquitto: Mosquitto) -> None:
    with pytest.raises((aiomqtt.MqttError, OSError)):
        await _round_trip(b"tls", port=mosquitto.tls_port, tls_context=_context(mosquitto, stranger=True), timeout=2)


async def test_mosquitto_carries_a_message_over_a_websocket(mosquitto: Mosquitto) -> None:
    assert await _round_trip(b"ws", port=mosquitto.websocket_port, transport="websockets") == b"ws"


async def test_mosquitto_knows_its_users(guarded_mosquitto: Mosquitto) -> None:
    door: dict[str, Any] = {"port": guarded_mosquitto.password_port, "username": guarded_mosquitto.user}
    assert await _round_trip(b"in", **door, password=guarded_mosquitto.password) == b"in"
    with pytest.raises(aiomqtt.MqttError):
        await _round_trip(b"in", **door, password="wrong")


async def test_mosquitto_keeps_a_reader_from_writing(guarded_mosquitto: Mosquitto) -> None:
    reader: dict[str, Any] = {"username": guarded_mosquitto.reader, "password": guarded_mosquitto.reader_password}
    writer: dict[str, Any] = {"username": guarded_mosquitto.user, "password": guarded_mosquitto.password}
    door = ("127.0.0.1", guarded_mosquitto.password_port)
    async with asyncio.timeout(60), aiomqtt.Client(*door, **writer) as listening:
        await listening.subscribe("farm/acl", qos=1)
        with suppress(aiomqtt.MqttError):  # the broker may answer a forbidden publish by hanging up
            async with aiomqtt.Client(*door, **reader) as client:
                await client.publish("farm/acl", b"forbidden", qos=1)
        await listening.publish("farm/acl", b"allowed", qos=1)
        assert (await anext(listening.messages)).payload == b"allowed"


async def test_mosquitto_keeps_a_session_across_kill_9(mosquitto: Mosquitto) -> None:
    session: dict[str, Any] = {"port": mosquitto.port, "identifier": "self-test-session", "clean_session": False}
    async with aiomqtt.Client("127.0.0.1", **session) as client:
        await client.subscribe("self-test/kept", qos=1)
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as client:
        await client.publish("self-test/kept", b"kept", qos=1)
    published_ns = time.time_ns()
    await until(lambda: mosquitto.saved_ns > published_ns)
    first = mosquitto.pid
    await asyncio.to_thread(mosquitto.kill)
    assert not mosquitto.running
    await asyncio.to_thread(mosquitto.start)
    assert mosquitto.pid != first
    async with asyncio.timeout(60), aiomqtt.Client("127.0.0.1", **session) as client:
        assert (await anext(client.messages)).payload == b"kept"


async def test_mosquitto_is_silent_while_frozen(mosquitto: Mosquitto) -> None:
    mosquitto.freeze()
    with pytest.raises((aiomqtt.MqttError, TimeoutError)):
        async with asyncio.timeout(1):
            await _round_trip(b"late", port=mosquitto.port, timeout=0.5)
    mosquitto.resume()
    assert await _round_trip(b"awake", port=mosquitto.port) == b"awake"


async def test_mosquitto_is_back_after_a_test_stopped_it(mosquitto: Mosquitto) -> None:
    mosquitto.stop()
    mosquitto.restore()
    assert await _round_trip(b"back", port=mosquitto.port) == b"back"


async def test_new_mosquitto_takes_options(new_mosquitto: Callable[..., Mosquitto]) -> None:
    broker = new_mosquitto(message_size_limit="10")
    assert await _round_trip(b"short", port=broker.port) == b"short"
    with pytest.raises((aiomqtt.MqttError, TimeoutError)):
        async with asyncio.timeout(2):
            await _round_trip(b"longer than ten bytes", port=broker.port)
