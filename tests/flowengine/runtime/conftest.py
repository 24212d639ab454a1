"""A catalog of toy nodes beside the real ones, and an engine in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from flowengine import Config, Connection, Message, Messages, Outlet, Rejected, Sink, Source, Transform, Unavailable
from flowengine.catalog import Catalog, installed
from flowengine.engine import Engine, Settings
from flowengine.testing.clock import LoopClock


class AnyConfig(Config):
    """What the toys take."""

    n: int = 0
    batch: int = 1
    fails: int = 0
    bad: int | None = None
    every: float = 0.0


class Count(Source):
    """Sends 0, 1, 2 …; remembers what was acknowledged."""

    config: AnyConfig
    acknowledges = True

    def start(self) -> None:
        self.acked: list[int] = []
        self.sent = 0

    async def run(self, emit: Outlet) -> None:
        while self.sent < self.config.n:
            numbers = list(range(self.sent, min(self.config.n, self.sent + self.config.batch)))
            self.sent += len(numbers)
            await emit(
                [Message(k) for k in numbers], lambda got=numbers: self.acked.extend(got), size_bytes=10 * len(numbers)
            )
            if self.config.every:
                await asyncio.sleep(self.config.every)
        await asyncio.Event().wait()


class Collect(Sink):
    """Keeps what it gets; is away for its first `fails` writes; rejects the number `bad`."""

    config: AnyConfig
    ledger: dict[str, list[Any]] = {}
    """By node name, whatever was delivered over all restarts of the node."""

    def start(self) -> None:
        self.got: list[Any] = []
        self.metas: list[Any] = []
        self.opened = self.closed = self.writes = 0

    async def open(self) -> None:
        self.opened += 1

    async def write(self, messages: Messages) -> None:
        await asyncio.sleep(self.config.every)
        self.writes += 1
        if self.writes <= self.config.fails:
            raise Unavailable("away")
        if any(m.payload == self.config.bad for m in messages if self.config.bad is not None):
            raise Rejected(f"{self.config.bad} is bad")
        self.got += [m.payload for m in messages]
        self.ledger.setdefault(self.context.node, []).extend(m.payload for m in messages)
        self.metas += [m.meta for m in messages]

    async def close(self) -> None:
        self.closed += 1


class Picky(Transform):
    """Fails on the number `bad`."""

    config: AnyConfig

    def process(self, messages: Messages) -> Sequence[Message]:
        if any(m.payload == self.config.bad for m in messages):
            raise ValueError("bad number")
        return messages


class Step(Transform):
    """Adds one."""

    config: AnyConfig

    def process(self, messages: Messages) -> Sequence[Message]:
        return [m.with_payload(m.payload + 1) for m in messages]


class ToyCatalog(Catalog):
    """The installed nodes and the toys above."""

    toys = {"count": Count, "collect": Collect, "picky": Picky, "step": Step}

    def __init__(self) -> None:
        self.real = installed()

    def node_types(self) -> list[str]:
        return [*self.toys, *self.real.node_types()]

    def connection_types(self) -> list[str]:
        return self.real.connection_types()

    def node(self, name: str) -> Any:
        return self.toys.get(name) or self.real.node(name)

    def connection(self, name: str) -> type[Connection]:
        return self.real.connection(name)


class Bench:
    """An engine with helpers to deploy text and to look at nodes."""

    def __init__(self, data_dir: Path, catalog: Catalog | None = None):
        loop = asyncio.get_running_loop()
        Collect.ledger = self.ledger = {}
        self.engine = Engine(Settings(data_dir), catalog or ToyCatalog(), LoopClock(loop))
        self.engine.services.random.seed(1)

    async def deploy(self, text: str, file: str = "flow.yaml") -> Any:
        loaded = self.engine.load(text, file)
        assert loaded.ok, [str(problem) for problem in loaded.problems]
        return await self.engine.deploy(loaded)

    def node(self, name: str, flow: str = "f") -> Any:
        return self.engine.flows[flow].stations[name].node

    def station(self, name: str, flow: str = "f") -> Any:
        return self.engine.flows[flow].stations[name]

    def balances(self, flow: str = "f") -> dict[str, int]:
        return {name: s.balance for name, s in self.engine.flows[flow].stations.items() if s.balance}


@pytest.fixture
def in_virtual_time(tmp_path: Path) -> Any:
    """Runs `scenario(bench)` in virtual time and stops the engine after it."""
    from flowengine.testing import run_virtual

    def run(scenario: Any) -> Any:
        async def whole() -> Any:
            bench = Bench(tmp_path)
            try:
                return await scenario(bench)
            finally:
                await bench.engine.stop(1.0)

        return run_virtual(whole)

    return run
