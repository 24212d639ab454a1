"""A durable node: settled once on disk, delivered after a restart, in order, nothing twice after an orderly stop."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.flowengine.runtime.conftest import Bench
from tests.waiting import lasts, quiet_for, until

FLOW = """
flow: f
nodes:
  source: {{type: count, n: {n}, batch: 10, to: hold}}
  hold: {{type: buffer, count: 25, every: 50ms, durable: {{max: 10MiB}}, to: sink}}
  sink: {{type: collect, fails: {fails}}}
"""


async def test_what_is_spooled_is_settled_though_the_sink_is_away(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.deploy(FLOW.format(n=200, fails=10**9))
    await until(lambda: len(bench.node("source").acked) == 200)
    assert bench.node("sink").got == [] and bench.balances() == {}
    left = await bench.engine.stop(0.2)
    assert sum(left["f"].spooled.values()) + sum(left["f"].held.values()) >= 200


async def test_a_restart_delivers_what_was_spooled_in_order(tmp_path: Path) -> None:
    first = Bench(tmp_path)
    await first.deploy(FLOW.format(n=200, fails=10**9))
    await until(lambda: len(first.node("source").acked) == 200)
    await first.engine.stop(0.1)
    second = Bench(tmp_path)
    await second.deploy(FLOW.format(n=0, fails=0))
    await until(lambda: len(second.node("sink").got) >= 200)
    assert second.node("sink").got == list(range(200)) and second.balances() == {}
    await second.engine.stop(5)
    third = Bench(tmp_path)
    await third.deploy(FLOW.format(n=0, fails=0))
    await quiet_for(0.3, "nothing is left on disk to come again")
    assert third.node("sink").got == []
    await third.engine.stop(1)


async def test_a_durable_sink_is_its_own_outbox(tmp_path: Path) -> None:
    text = (
        "flow: f\nnodes:\n  s: {type: count, n: 50, batch: 5, to: k}\n  k: {type: collect, fails: 2, durable: true}\n"
    )
    bench = Bench(tmp_path)
    await bench.deploy(text)
    await until(lambda: len(bench.node("k").got) == 50)
    assert bench.node("k").got == list(range(50))
    await until(lambda: bench.station("k").inbox.spool.stats().records == 0)
    assert bench.balances() == {}
    await bench.engine.stop(1)


async def test_deploys_while_the_spool_is_in_use_lose_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    text = """
flow: f
nodes:
  s: {{type: count, n: 300, batch: 5, every: 0.002, to: k}}
  k: {{type: collect, every: {every}, durable: true}}
"""
    for every in (0.001, 0.002, 0.001, 0, 0.001):
        await bench.deploy(text.format(every=every))
        await asyncio.sleep(0.05)
    await until(lambda: len(set(bench.ledger.get("k", []))) == 300)
    await until(lambda: bench.station("k").inbox.spool.stats().records == 0)
    assert bench.node("s").acked == list(range(300)) and bench.balances() == {}
    await bench.engine.stop(1)


async def test_a_rate_bounds_how_fast_a_backlog_leaves(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.deploy(
        "flow: f\nnodes:\n  s: {type: count, n: 100, batch: 100, to: k}\n"
        "  k: {type: collect, durable: {rate: 20, slower: {'90': 2}}}\n"
    )
    await until(lambda: len(bench.node("k").got) >= 10)
    assert len(bench.node("k").got) <= 20
    await lasts(1, "a pace that is one")
    assert 25 <= len(bench.node("k").got) <= 45 and bench.balances() == {}
    await bench.engine.stop(0.1)


async def test_what_waited_too_long_is_dropped_and_counted(tmp_path: Path) -> None:
    first = Bench(tmp_path)
    await first.deploy(FLOW.format(n=200, fails=10**9))
    await until(lambda: len(first.node("source").acked) == 200)
    await first.engine.stop(0.1)
    second = Bench(tmp_path)
    await second.deploy(FLOW.format(n=0, fails=0).replace("10MiB", "10MiB, keep: 1ms"))
    await until(lambda: second.station("hold").dropped["waited too long"] == 200)
    assert second.node("sink").got == [] and second.balances() == {}
    assert second.station("hold").inbox.spool.stats().records == 0
    await second.engine.stop(1)


async def test_what_is_on_disk_before_a_node_whose_wire_is_cut_stays_until_it_is_wired_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    text = """
flow: f
nodes:
  s: {{type: count, n: 40, batch: 40, to: keep}}
  keep: {{type: filter, where: payload >= 0, durable: true{wire}}}
  k: {{type: collect}}
"""
    await bench.deploy(text.format(wire=""))
    await until(lambda: len(bench.node("s").acked) == 40)
    await quiet_for(0.3, "what leads nowhere stays on disk")
    assert bench.station("keep").held == 40 and bench.node("k").got == [] and bench.balances() == {}
    await bench.deploy(text.format(wire=", to: k"))
    await until(lambda: bench.node("k").got == list(range(40)))
    await bench.engine.stop(1)


async def test_what_an_emptied_segment_held_is_logged_and_counted_as_dropped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = "flow: f\nnodes: {s: {type: count, n: N, to: k}, k: {type: collect, fails: FAILS, durable: true}}"
    first = Bench(tmp_path)
    await first.deploy(text.replace("N,", "100,").replace("FAILS", "1000000"))
    await until(lambda: len(first.node("s").acked) == 100)
    await first.engine.stop(0)
    [segment] = (tmp_path / "flows/f/k/spool").glob("*.seg")
    segment.write_bytes(b"")
    second = Bench(tmp_path)
    await second.deploy(text.replace("N,", "0,").replace("FAILS", "0"))
    station = second.station("k")
    await until(lambda: station.dropped["lost to damage of the disk"] == 100)
    assert station.held == 0 and second.balances() == {}
    assert "100 messages in its spool are lost to damage of the disk" in caplog.text
    await second.engine.stop(1)
