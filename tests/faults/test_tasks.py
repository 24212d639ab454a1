"""Every task is owned: whichever dies, the engine says so within a second or has mended itself."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from flowengine.engine import Engine, Settings
from flowengine.server import Server
from tests.faults.conftest import Line
from tests.faults.ledger import Publisher
from tests.waiting import lasts, until

UNHEALTHY_S = 1.0
MENDED_S = 5.0


class Running:
    """The shared flow in this process, so that its tasks can be reached."""

    def __init__(self, line: Line, folder: Path):
        self.line = line
        self.engine = Engine(Settings(folder))
        self.server = Server(self.engine, "127.0.0.1", 0)
        self.others: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Run the flow; what was there before is not its task."""
        self.others = asyncio.all_tasks()
        await self.engine.start()
        await self.engine.deploy(self.engine.load(self.line.flow(durable=True), "flow.yaml"))

    @property
    def tasks(self) -> dict[str, asyncio.Task[Any]]:
        """What the engine runs now, by name; passing tasks of a driver's own are left out."""
        lasting = asyncio.all_tasks() - self.others
        return {task.get_name(): task for task in lasting if not task.get_name().startswith("Task-")}

    async def shows_or_mends(self, publisher: Publisher) -> str:
        """How the death of a task showed; fails when it went unnoticed and messages stay away."""
        count = len(self.line.stored())
        sent = publisher.sent
        async with asyncio.timeout(MENDED_S):
            for _ in range(int(UNHEALTHY_S / 0.05)):
                if faults := list(self.engine.faults()):
                    return faults[0]
                await asyncio.sleep(0.05)
            await until(lambda: len(self.line.stored()) > count and max(self.line.stored()) > sent, MENDED_S)
        return "mended"


def came(line: Line, first: int) -> bool:
    """Whether a message from this number on is stored."""
    return max(line.stored(), default=-1) >= first


@pytest.mark.faults
async def test_each_task_that_dies_is_noticed_or_replaced(line: Line, tmp_path: Path) -> None:
    names: list[str] = []
    outcomes: dict[str, str] = {}
    for index in range(20):
        running = Running(line, tmp_path / f"data{index}")
        publisher = line.publisher(rate=500)
        await running.start()
        try:
            async with publisher:
                publisher.sent = first = index * 1_000_000
                await until(partial(came, line, first))
                names = names or sorted(name for name in running.tasks if "publisher" not in name)
                name = names[index]
                running.tasks[name].cancel()
                outcomes[name] = await running.shows_or_mends(publisher)
        finally:
            await running.engine.stop(1.0)
        if index == len(names) - 1:
            break
    print(outcomes)
    assert len(outcomes) == len(names) >= 5


@pytest.mark.faults
async def test_a_poisoned_node_leaves_its_neighbours_alone(line: Line, tmp_path: Path) -> None:
    flow = line.flow().replace(
        "to: hold}", "to: [hold, poison]}\n  poison: {type: expression, value: payload.none.at_all / 0, to: hold}"
    )
    engine = Engine(Settings(tmp_path / "data"))
    try:
        await engine.deploy(engine.load(flow, "flow.yaml"))
        async with line.publisher(rate=500) as publisher:
            await line.flowing(publisher)
            await lasts(1.0, "the load")
            await publisher.stop()
            await line.complete(publisher)
        assert not list(engine.faults())
        assert engine.flows[line.name].stations["poison"].errored >= len(publisher.acknowledged)
    finally:
        await engine.stop(1.0)
