"""Whole flows of real nodes around a collecting sink, with or without the HTTP server. No test logic here."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from flowengine import Config, Connection, Message, Messages, Sink, Unavailable
from flowengine.catalog import Catalog, installed
from flowengine.clock import SystemClock
from flowengine.engine import Engine, Settings
from flowengine.server import Server
from nodes.clients.mqtt import MqttClient, MqttSettings
from nodes.connections.amqp import Amqp
from nodes.connections.kafka import Kafka
from nodes.connections.nats import Nats
from nodes.connections.redis import Redis
from tests.servers.kafka import KafkaServer
from tests.servers.nats import Nats as NatsServer
from tests.servers.rabbitmq import RabbitServer
from tests.servers.redis import RedisServer
from tests.waiting import until


class CollectConfig(Config):
    """Settings of the collecting sink."""

    away: bool = False
    """Never takes anything."""

    takes: float = 0.0
    """Seconds a write takes."""


class Collect(Sink):
    """Keeps what it gets, in a list that lives over restarts."""

    config: CollectConfig
    kept: list[Message]

    async def write(self, messages: Messages) -> None:
        if self.config.away:
            raise Unavailable("away")
        await asyncio.sleep(self.config.takes)
        self.kept.extend(messages)


class CollectCatalog(Catalog):
    """The installed nodes and `collect`."""

    def __init__(self, kept: list[Message]) -> None:
        self._real = installed()
        self._collect = type("Collect", (Collect,), {"kept": kept})

    def node_types(self) -> list[str]:
        return ["collect", *self._real.node_types()]

    def connection_types(self) -> list[str]:
        return self._real.connection_types()

    def node(self, name: str) -> Any:
        return self._collect if name == "collect" else self._real.node(name)

    def connection(self, name: str) -> type[Connection]:
        return self._real.connection(name)


class Emitted:
    """What a source gave out, and how to settle it."""

    def __init__(self) -> None:
        self.messages, self.wrong, self.acks = list[Message](), list[str](), list[Any]()

    async def __call__(
        self, messages: Any, ack: Any = None, size_bytes: int = 0, port: str = "out", rejected: Any = ()
    ) -> None:
        self.messages += [messages] if isinstance(messages, Message) else messages
        self.wrong += [reason for _, reason in rejected]
        self.acks.append(ack)


class Running:
    """An engine with its HTTP server; `kept` is what reached sinks of type `collect`."""

    def __init__(self, data_dir: Path):
        self.kept: list[Message] = []
        self.engine = Engine(Settings(data_dir), CollectCatalog(self.kept))
        self.server = Server(self.engine, "127.0.0.1", 0)

    @property
    def payloads(self) -> list[Any]:
        """What the kept messages carry."""
        return [message.payload for message in self.kept]

    @property
    def url(self) -> str:
        """The server's address without a slash at its end."""
        return self.server.url.rstrip("/")

    async def deploy(self, text: str) -> None:
        """Run the flow `f` with these nodes; replaces what ran."""
        loaded = self.engine.load(text, "f.yaml")
        assert loaded.ok, [str(problem) for problem in loaded.problems]
        await self.engine.deploy(loaded)

    def station(self, name: str) -> Any:
        """What the runtime knows of a node."""
        return self.engine.flows["f"].stations[name]

    async def until(self, holds: Callable[[], Any], timeout_s: float = 60) -> None:
        """Return when the condition holds; fails after the time-out."""
        await until(holds, timeout_s, lambda: f"{len(self.kept)} kept, last {self.payloads[-3:]}")

    async def holds(self, count: int, timeout_s: float = 60) -> list[Any]:
        """The payloads once there are so many; fails after the time-out."""
        await self.until(lambda: len(self.kept) >= count, timeout_s)
        return self.payloads

    def balanced(self) -> bool:
        """Whether every message of every node is accounted for."""
        return not any(station.balance for flow in self.engine.flows.values() for station in flow.stations.values())


StartEngine = Callable[..., Awaitable[Running]]
Connect = Callable[..., Awaitable[MqttClient]]


@pytest.fixture
async def start_engine(tmp_path: Path) -> AsyncIterator[StartEngine]:
    """Starts an engine on a data folder (the test's own by default) and deploys a flow; stopped after the test."""
    async with AsyncExitStack() as stack:

        async def start(text: str = "", folder: Path = tmp_path) -> Running:
            running = Running(folder)
            await running.server.start()
            stack.push_async_callback(running.server.stop)
            stack.push_async_callback(running.engine.stop, 0.2)
            if text:
                await running.deploy(text)
            return running

        yield start


@pytest.fixture
async def mqtt_client() -> AsyncIterator[Connect]:
    """Connects a client of the test's own to a broker; closed after the test."""
    clients: list[MqttClient] = []

    async def connect(url: str, **settings: Any) -> MqttClient:
        client = MqttClient(MqttSettings(url=url, close_timeout_s=0.5, **settings))
        clients.append(client)
        await client.start()
        await client.wait_connected(60)
        return client

    yield connect
    for client in clients:
        await client.close()


@pytest.fixture
def prefix() -> str:
    """Topics of this test alone: the broker is shared."""
    return f"t{uuid.uuid4().hex[:10]}"


@pytest.fixture
async def redis(redis_server: RedisServer, tmp_path: Path) -> AsyncIterator[Redis]:
    """An open connection to an empty Redis."""
    config = Redis.config_type().model_validate({"url": redis_server.url, "timeout": 3})
    made = Redis(config, "cache", logging.LoggerAdapter(logging.getLogger("test"), {}), SystemClock(), tmp_path)
    await made.open()
    await made.client.ask("FLUSHALL")
    yield made
    await made.close()


@pytest.fixture
async def amqp(rabbitmq_server: RabbitServer, tmp_path: Path) -> AsyncIterator[Amqp]:
    """An open connection to RabbitMQ; queues and exchanges should be the test's own."""
    config = Amqp.config_type().model_validate({"url": rabbitmq_server.url, "timeout": 10})
    made = Amqp(config, "mq", logging.LoggerAdapter(logging.getLogger("test"), {}), SystemClock(), tmp_path)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def kafka(kafka_server: KafkaServer, tmp_path: Path) -> AsyncIterator[Kafka]:
    """An open connection to a broker of Kafka; topics and groups should be the test's own."""
    config = Kafka.config_type().model_validate({"servers": [kafka_server.address], "timeout": 3})
    made = Kafka(config, "cluster", logging.LoggerAdapter(logging.getLogger("test"), {}), SystemClock(), tmp_path)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def nats(nats_server: NatsServer, tmp_path: Path) -> AsyncIterator[Nats]:
    """An open connection to a NATS server with JetStream; streams and subjects should be the test's own."""
    config = Nats.config_type().model_validate({"url": nats_server.url, "timeout": 10})
    made = Nats(config, "bus", logging.LoggerAdapter(logging.getLogger("test"), {}), SystemClock(), tmp_path)
    await made.open()
    yield made
    await made.close()
