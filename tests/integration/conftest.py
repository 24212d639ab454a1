"""An engine with a source that the test feeds, for whole flows against real servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from flowengine import Config, Connection, Message, Outlet, Source
from flowengine.catalog import Catalog, installed
from flowengine.engine import Engine, Settings
from tests.integration.five_databases import FiveDatabases
from tests.nodes.conftest import mqtt_client, nats, prefix, redis
from tests.servers.influxdb1 import InfluxDB1
from tests.servers.victoria_metrics import VictoriaMetrics
from tests.waiting import until

__all__ = ["mqtt_client", "nats", "prefix", "redis"]  # fixtures


class FeedConfig(Config):
    """Nothing to set."""


class Feed(Source):
    """Sends what the test puts in; remembers the numbers of the messages that were acknowledged."""

    config: FeedConfig
    acknowledges = True
    batches: list[list[Message]] = []
    acked: set[int] = set()

    async def run(self, emit: Outlet) -> None:
        while True:
            while self.batches:
                batch = self.batches.pop(0)
                numbers = {message.meta["n"] for message in batch}
                await emit(batch, lambda numbers=numbers: self.acked.update(numbers), size_bytes=100 * len(batch))
            await asyncio.sleep(0.005)


class FeedCatalog(Catalog):
    """The installed nodes and `feed`."""

    def __init__(self) -> None:
        self.real = installed()

    def node_types(self) -> list[str]:
        return ["feed", *self.real.node_types()]

    def connection_types(self) -> list[str]:
        return self.real.connection_types()

    def node(self, name: str) -> Any:
        return Feed if name == "feed" else self.real.node(name)

    def connection(self, name: str) -> type[Connection]:
        return self.real.connection(name)


class Plant:
    """One engine and one flow of the name `f`, fed and watched by the test."""

    def __init__(self, data_dir: Path):
        self.data_dir = data_dir
        self.engine = Engine(Settings(data_dir), FeedCatalog())
        Feed.batches, Feed.acked = [], set()

    async def deploy(self, text: str) -> None:
        """Run a flow."""
        loaded = self.engine.load(f"flow: f\n{text}", "f.yaml")
        assert loaded.ok, [str(problem) for problem in loaded.problems]
        await self.engine.deploy(loaded)

    def feed(self, *batches: list[Message]) -> None:
        """Give batches to the flow's source."""
        Feed.batches.extend(batches)

    @property
    def acked(self) -> set[int]:
        """Numbers of the messages that were acknowledged so far."""
        return Feed.acked

    async def until(self, condition: Callable[[], bool], within_s: float = 60) -> None:
        """Wait for something to become true."""
        await until(condition, within_s)

    def station(self, name: str) -> Any:
        """What the engine keeps of a node."""
        return self.engine.flows["f"].stations[name]


@pytest.fixture
async def plant(tmp_path: Path) -> AsyncIterator[Plant]:
    """An engine, stopped after the test."""
    made = Plant(tmp_path)
    yield made
    await made.engine.stop(2.0)


@pytest.fixture
def databases(
    influxdb1: InfluxDB1, victoria_metrics: VictoriaMetrics, postgres: Any, mariadb: Any, tmp_path: Path
) -> FiveDatabases:
    """All of them, running; use tables of your own names."""
    urls = {"postgres": postgres.url, "mariadb": mariadb.url, "sqlite": f"sqlite:///{tmp_path}/burst.db"}
    return FiveDatabases(influxdb1, victoria_metrics, urls, tmp_path)
