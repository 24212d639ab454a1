"""MQTT clients that are closed after each test, and a broker of either kind. No test logic here."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from nodes.clients.mqtt import MqttClient, MqttSettings
from nodes.servers.mqtt_broker import EmbeddedBroker
from tests.servers.mosquitto import Mosquitto

NewClient = Callable[..., Awaitable[MqttClient]]


@pytest.fixture
def prefix() -> str:
    """Topics of this test alone: the broker is shared."""
    return f"t{uuid.uuid4().hex[:10]}"


@pytest.fixture
async def new_client() -> AsyncIterator[NewClient]:
    """Makes a connected client: keywords are settings; `wait=False` does not wait for the connection."""
    clients: list[MqttClient] = []

    async def make(url: str, *, wait: bool = True, events: dict[str, Any] | None = None, **settings: Any) -> MqttClient:
        settings.setdefault("close_timeout_s", 0.5)
        client = MqttClient(MqttSettings(url=url, **settings), **(events or {}))
        clients.append(client)
        await client.start()
        if wait:
            await client.wait_connected(60)
        return client

    yield make
    await asyncio.gather(*(client.close() for client in clients))


@pytest.fixture
async def embedded() -> AsyncIterator[EmbeddedBroker]:
    """A started embedded broker."""
    broker = EmbeddedBroker()
    await broker.start()
    yield broker
    await broker.close()


@pytest.fixture(params=["mosquitto", "embedded"])
def any_broker(request: pytest.FixtureRequest) -> str:
    """The URL of a mosquitto, then of the embedded broker."""
    broker: Mosquitto | EmbeddedBroker = request.getfixturevalue(request.param)
    return broker.url


@pytest.fixture(params=["5", "3.1.1"])
def version(request: pytest.FixtureRequest) -> str:
    """Both protocol versions."""
    return str(request.param)
