"""Store and forward: every scenario of backlog.json through `mqtt_out` with `durable`, and how fast it is replayed."""

from __future__ import annotations

import asyncio
import json
import operator
import shutil
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from flowengine.engine import Engine, Settings
from flowengine.message import Message
from flowengine.runtime.inject import inject
from flowengine.runtime.pace import Pace
from flowengine.runtime.spooled import SpoolInbox
from tests.nodes.sinks.scripted_broker import ScriptedBroker
from tests.waiting import lasts, until

CASES = json.loads((Path(__file__).parents[2] / "vectors" / "backlog.json").read_text("utf-8"))
FLOW = """flow: edge
connections: {{broker: {{type: mqtt, url: 'mqtt://127.0.0.1:{port}', version: 3.1.1, client_id: edge}}}}
nodes:
  in: {{type: inject, delay: 1h, to: out}}
  out: {{type: mqtt_out, connection: broker, topic: t, format: text, durable: {{max: 64MiB, {options}}}}}
"""
REPLAY = "rate: 500, slower: {'10000': 2, '100000': 5}, keep: 28d"


class Edge:
    """An engine that publishes through a spool; killed, it leaves what was on its disk."""

    def __init__(self, folder: Path, broker: ScriptedBroker, options: str = REPLAY):
        self._folder, self.lives = folder, 0
        self.broker, self._options = broker, options

    async def start(self) -> None:
        """Run on what the last life left."""
        self.engine = Engine(Settings(self._folder / str(self.lives)))
        await self.engine.start()
        loaded = self.engine.load(FLOW.format(port=self.broker.port, options=self._options), "edge.yaml")
        assert loaded.ok, [str(problem) for problem in loaded.problems]
        await self.engine.deploy(loaded)

    async def keep_disk(self) -> None:
        """The disk as it is at this moment is all that the next life gets."""
        here, there = (self._folder / str(self.lives + n) for n in (0, 1))
        await asyncio.to_thread(shutil.copytree, here, there)

    async def kill(self) -> None:
        """End this life; nothing that it still does counts."""
        self.lives += 1
        await self.broker.down()
        await self.engine.stop(0)

    async def publish(self, *words: str) -> None:
        """Hand messages over; they are on disk on return."""
        before = self.inbox.spool.stats().appended
        for word in words:
            inject(self.engine.flows["edge"], self.engine.services, "out", Message(word))
        await until(lambda: self.inbox.spool.stats().appended == before + len(words))

    @property
    def inbox(self) -> SpoolInbox:
        """The queue before the publisher."""
        inbox = self.engine.flows["edge"].stations["out"].inbox
        assert isinstance(inbox, SpoolInbox)
        return inbox

    @property
    def queued(self) -> int:
        """Records that the broker has not acknowledged."""
        return self.inbox.spool.stats().records

    @property
    def unanswered(self) -> int:
        """Publications that went out, or wait at the client, without an answer."""
        client: Any = self.engine.flows["edge"].connections["broker"]
        return int(client.client.counters["unanswered"])


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    broker = ScriptedBroker()
    await broker.up()
    made = Edge(tmp_path, broker)
    await made.start()
    yield made
    await made.engine.stop(0)
    await broker.down()


@pytest.mark.parametrize("case", CASES["vectors"], ids=lambda case: case["name"])
async def test_messages_leave_as_the_vector_says(case: dict[str, Any], edge: Edge) -> None:
    broker = edge.broker
    events = [event for event in case["events"] if event[0] != "puback"]
    kept = next((event[1] for event in case["events"] if event[0] == "puback"), None)
    for what, *argument in events:
        if what == "down":
            await broker.down()
        elif what == "pub":
            await edge.publish(argument[0])
        elif what == "up":
            broker.takes = lambda word: kept is None or word == kept or edge.lives > 0
            if kept is not None:  # the kill comes after the PUBACK and before any mark of it on disk
                await edge.keep_disk()
            await broker.up()
        elif what == "up_fail_on":
            broker.takes = partial(operator.ne, argument[0])
            await broker.up()
            await until(lambda: broker.acknowledged == ["k1"] and edge.unanswered == case["queued_between"])
        elif what == "kill":
            await until(lambda: broker.acknowledged == [kept])
            await edge.kill()
        elif what == "restart":
            await edge.start()
            await broker.up()
    await until(lambda: edge.queued == case.get("queued_after", 0), says=lambda: f"{broker.acknowledged}")
    assert broker.acknowledged == case["expected_publish_order"]
    if "after_dedupe" in case:
        assert list(dict.fromkeys(broker.acknowledged)) == case["after_dedupe"]


async def test_live_messages_stay_behind_their_backlog_while_the_link_comes_and_goes(edge: Edge) -> None:
    words = [f"k{n}" for n in range(600)]
    for start in range(0, 600, 100):
        await (edge.broker.down() if start % 200 else edge.broker.up())
        await edge.publish(*words[start : start + 100])
    await edge.broker.up()
    await until(lambda: edge.queued == 0)
    assert list(dict.fromkeys(edge.broker.acknowledged)) == words


async def test_what_is_too_old_is_given_up_and_counted(tmp_path: Path) -> None:
    broker = ScriptedBroker()
    await broker.up()
    await broker.down()
    edge = Edge(tmp_path, broker, "keep: 300ms")
    await edge.start()
    await edge.publish("old1", "old2")
    # What is with the client already is not recalled; in the next life all of it waits on disk.
    await edge.keep_disk()
    await edge.kill()
    await lasts(0.4, "longer than messages are kept")
    await edge.start()
    await edge.publish("fresh")
    await broker.up()
    await until(lambda: edge.queued == 0)
    assert broker.acknowledged == ["fresh"]
    station = edge.engine.flows["edge"].stations["out"]
    assert station.dropped.total() == 2 and not station.balance
    await edge.engine.stop(0)
    await broker.down()


def test_the_replay_slows_down_as_the_figures_say() -> None:
    figures = CASES["figures"]
    slower = {above: float(text.removeprefix("rate/")) for above, text in figures["slowdown"]}
    pace = Pace(figures["max_rate_per_s"], slower, 0.0)
    assert [pace.rate_at(n) for n in (1, 10_000, 10_001, 100_000, 100_001)] == [500, 500, 250, 250, 100]


async def test_a_backlog_leaves_at_its_rate_and_not_at_once(tmp_path: Path) -> None:
    broker = ScriptedBroker()
    await broker.up()
    await broker.down()
    edge = Edge(tmp_path, broker, "rate: 200")
    await edge.start()
    await edge.publish(*(f"k{n}" for n in range(500)))
    started_s = asyncio.get_running_loop().time()
    await broker.up()
    await until(lambda: edge.queued == 0)
    took_s = asyncio.get_running_loop().time() - started_s
    assert took_s > 1.0, "300 records beyond the first second's worth at 200 a second"
    assert broker.acknowledged == [f"k{n}" for n in range(500)]
    await edge.engine.stop(0)
    await broker.down()
