"""A deploy touches only what differs; nothing is lost while it happens."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path
from typing import Any

import pytest

from tests.flowengine.runtime.conftest import Bench
from tests.waiting import until

FLOW = """
flow: f
nodes:
  source: {{type: count, n: 1000, every: 0.01, to: {to}}}
  keep: {{type: filter, where: payload >= {least}, to: hold}}
  hold: {{type: buffer, count: {count}, every: 1s, to: sink}}
  sink: {{type: collect}}
"""


def test_only_changed_nodes_restart(in_virtual_time: Any) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy(FLOW.format(to="keep", least=0, count=10))
        await asyncio.sleep(3)
        before = {name: bench.node(name) for name in ("source", "keep", "hold", "sink")}
        plan = await bench.deploy(FLOW.format(to="keep", least=-1, count=10))
        assert dict(plan.changed) == {"keep": "where changed"} and len(plan.kept) == 3
        assert bench.node("keep") is not before["keep"]
        assert all(bench.node(name) is before[name] for name in ("source", "hold", "sink"))
        await asyncio.sleep(20)
        assert bench.node("sink").got == list(range(1000))
        assert bench.node("source").acked == list(range(1000))

    in_virtual_time(scenario)


def test_a_changed_stateful_node_gives_out_what_it_held(in_virtual_time: Any) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy(FLOW.format(to="keep", least=0, count=500))
        await asyncio.sleep(0.5)
        held = bench.station("hold").held
        assert held > 10
        await bench.deploy(FLOW.format(to="keep", least=0, count=7))
        await asyncio.sleep(20)
        assert bench.node("sink").got == list(range(1000))
        assert bench.balances() == {} and bench.node("source").acked == list(range(1000))

    in_virtual_time(scenario)


def test_an_identical_deploy_changes_nothing(in_virtual_time: Any) -> None:
    async def scenario(bench: Any) -> None:
        text = FLOW.format(to="keep", least=0, count=10)
        await bench.deploy(text)
        await asyncio.sleep(1)
        stations = dict(bench.engine.flows["f"].stations)
        assert (await bench.deploy(text)).nothing
        assert bench.engine.flows["f"].stations == stations

    in_virtual_time(scenario)


def test_a_rewired_node_keeps_running(in_virtual_time: Any) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy(FLOW.format(to="keep", least=0, count=10))
        await asyncio.sleep(1)
        source = bench.node("source")
        plan = await bench.deploy(FLOW.format(to="[keep, hold]", least=0, count=10))
        assert plan.rewired == ("source",) and bench.node("source") is source

    in_virtual_time(scenario)


def test_a_changed_sink_takes_over_the_queue_of_the_old_one(in_virtual_time: Any) -> None:
    async def scenario(bench: Any) -> None:
        text = "flow: f\nnodes:\n  source: {{type: count, n: 50, to: sink}}\n  sink: {{type: collect, {options}}}\n"
        await bench.deploy(text.format(options="fails: 1000000"))
        await asyncio.sleep(1)
        assert bench.station("sink").held == 50
        old = bench.node("sink")
        await bench.deploy(text.format(options="fails: 0"))
        await asyncio.sleep(1)
        assert bench.node("sink").got == list(range(50)) and old.closed == 1
        assert bench.node("source").acked == list(range(50)) and bench.balances() == {}

    in_virtual_time(scenario)


def test_a_node_that_cannot_be_made_leaves_the_old_flow_running(in_virtual_time: Any) -> None:
    async def scenario(bench: Any) -> None:
        good = FLOW.format(to="keep", least=0, count=10)
        await bench.deploy(good)
        loaded = bench.engine.load(good.replace("type: collect", "type: nothing_like_it"), "flow.yaml")
        assert not loaded.ok
        source = bench.node("source")
        await asyncio.sleep(20)
        assert bench.node("source") is source and bench.node("sink").got == list(range(1000))

    in_virtual_time(scenario)


def test_what_waits_before_a_node_whose_wire_is_cut_leaves_by_it_first(in_virtual_time: Any) -> None:
    async def scenario(bench: Any) -> None:
        text = """
flow: f
nodes:
  source: {{type: count, n: 30, batch: 30, to: hold}}
  hold: {{type: buffer, count: 7, every: 1h, queue: 100{wire}}}
  sink: {{type: collect}}
"""
        await bench.deploy(text.format(wire=", to: sink"))
        while not bench.station("hold").received:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0)
        await bench.deploy(text.format(wire=""))
        await asyncio.sleep(1)
        assert sorted(bench.ledger["sink"]) == list(range(30)) and bench.node("source").acked == list(range(30))
        assert bench.balances() == {}

    in_virtual_time(scenario)


def test_what_is_dropped_after_a_deploy_is_acknowledged_though_the_rest_still_waits(in_virtual_time: Any) -> None:
    text = """
flow: f
nodes:
  source: {type: count, n: 100, every: 1, to: sink}
  sink: {type: collect, fails: 1000, bad: -1, queue: {count: 3, when_full: drop_oldest}}
"""

    async def scenario(bench: Any) -> None:
        await bench.deploy(text)
        await asyncio.sleep(20)
        for turn in range(2, 22):
            await bench.deploy(text.replace("-1", f"-{turn}"))
            await asyncio.sleep(1.5)
        dropped = bench.station("sink").dropped["queue full, oldest dropped"]
        assert dropped > 30
        assert len(bench.node("source").acked) == dropped

    in_virtual_time(scenario)


async def test_what_ran_runs_on_where_what_replaces_it_finds_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """
flow: f
nodes:
  source: {{type: count, n: 100, every: 0.002, batch: {batch}, to: [first, second]}}
  first: {{type: collect, {more}}}
  second: {{type: collect, {more}}}
"""
    bench = Bench(tmp_path)
    await bench.deploy(text.format(batch=1, more=""))
    await until(lambda: bench.node("first").got)
    before = {name: bench.node(name) for name in ("source", "first", "second")}
    stores = bench.engine.flows["f"]._stores
    opened, real = list[Any](), stores.queue

    async def queue(station: Any, full: Any) -> Any:
        if opened:
            raise OSError(errno.ENOSPC, "No space left on device")
        opened.append(await real(station, full))
        return opened[0]

    monkeypatch.setattr(stores, "queue", queue)
    with pytest.raises(OSError, match="No space left"):
        await bench.deploy(text.format(batch=2, more="durable: true"))
    assert all(bench.node(name) is node for name, node in before.items())
    await until(lambda: len(bench.node("first").got) == len(bench.node("second").got) == 100)
    assert bench.node("first").got == bench.node("second").got == list(range(100))
    assert bench.node("source").acked == list(range(100)) and bench.balances() == {}
    monkeypatch.undo()
    await bench.deploy(text.format(batch=2, more="durable: true"))  # the spool that had been opened is free
    await until(lambda: bench.ledger["first"] == bench.ledger["second"] == [*range(100), *range(100)])
    await bench.engine.stop(5.0)
