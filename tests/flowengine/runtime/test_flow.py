"""A running flow delivers all, acknowledges what is settled, keeps faults apart, drains when stopped."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from flowengine import Message
from flowengine.runtime.build import LOGGED_ERRORS
from flowengine.runtime.inject import inject
from nodes.stateful.buffer import Buffer

Run = Any


def test_everything_is_delivered_and_acknowledged_through_fan_out_and_retries(in_virtual_time: Run) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy("""
flow: f
nodes:
  source: {type: count, n: 5000, batch: 7, to: [even, all]}
  even: {type: filter, where: payload % 2 == 0, to: hold}
  hold: {type: buffer, count: 70, every: 50ms, to: some}
  some: {type: collect, fails: 3}
  all: {type: collect}
""")
        await asyncio.sleep(20)
        assert sorted(bench.node("some").got) == list(range(0, 5000, 2))
        assert bench.node("all").got == list(range(5000))
        assert sorted(bench.node("source").acked) == list(range(5000))
        assert bench.balances() == {}
        assert bench.station("even").dropped == {"filtered": 2500}

    in_virtual_time(scenario)


def test_a_held_message_is_not_acknowledged_before_it_is_delivered(in_virtual_time: Run) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy("""
flow: f
nodes:
  source: {type: count, n: 3, to: hold}
  hold: {type: buffer, count: 10, every: 5s, to: sink}
  sink: {type: collect, every: 1}
""")
        await asyncio.sleep(4.9)
        assert bench.node("source").acked == [] and bench.station("hold").held == 3
        await asyncio.sleep(0.5)
        assert bench.node("source").acked == [] and bench.station("sink").held == 3
        await asyncio.sleep(1)
        assert bench.node("source").acked == [0, 1, 2]

    in_virtual_time(scenario)


def test_one_bad_message_fails_alone_and_goes_to_the_error_wire(in_virtual_time: Run) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy("""
flow: f
nodes:
  source: {type: count, n: 10, batch: 10, to: picky}
  picky: {type: picky, bad: 4, to: good, on_error: bad}
  good: {type: collect}
  bad: {type: collect}
""")
        await asyncio.sleep(1)
        assert bench.node("good").got == [0, 1, 2, 3, 5, 6, 7, 8, 9]
        assert bench.node("bad").got == [4]
        assert bench.node("bad").metas[0]["error"] == {"node": "picky", "reason": "bad number"}
        assert sorted(bench.node("source").acked) == list(range(10))
        assert bench.station("picky").errors == {"bad number": 1}

    in_virtual_time(scenario)


def test_a_sink_that_rejects_a_batch_gets_its_good_rows_in(in_virtual_time: Run) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy("""
flow: f
nodes:
  source: {type: count, n: 64, batch: 64, to: sink}
  sink: {type: collect, bad: 37, on_error: bad}
  bad: {type: collect}
""")
        await asyncio.sleep(1)
        assert bench.node("sink").got == [k for k in range(64) if k != 37]
        assert bench.node("bad").got == [37]
        assert bench.balances() == {} and sorted(bench.node("source").acked) == list(range(64))

    in_virtual_time(scenario)


def test_a_full_inbox_makes_the_source_wait(in_virtual_time: Run) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy("""
flow: f
nodes:
  source: {type: count, n: 1000, to: sink}
  sink: {type: collect, every: 10, queue: 5}
""")
        await asyncio.sleep(5)
        assert bench.node("source").sent <= 12
        await asyncio.sleep(5000)
        assert bench.node("sink").got == list(range(1000))

    in_virtual_time(scenario)


def test_a_queue_that_drops_counts_what_it_drops(in_virtual_time: Run) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy("""
flow: f
nodes:
  source: {type: count, n: 100, batch: 10, to: [oldest, newest]}
  oldest: {type: collect, every: 1, queue: {count: 20, when_full: drop_oldest}}
  newest: {type: collect, every: 1, queue: {count: 20, when_full: drop_newest}}
""")
        await asyncio.sleep(60)
        for name, reason in (("oldest", "queue full, oldest dropped"), ("newest", "queue full, newest dropped")):
            dropped = bench.station(name).dropped[reason]
            assert dropped > 0 and len(bench.node(name).got) + dropped == 100
        assert bench.node("oldest").got[-1] == 99 and bench.node("newest").got[0] == 0
        assert sorted(bench.node("source").acked) == list(range(100))
        assert bench.balances() == {}

    in_virtual_time(scenario)


def test_stopping_drains_what_is_held(in_virtual_time: Run) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy("""
flow: f
nodes:
  source: {type: count, n: 10, to: hold}
  hold: {type: buffer, count: 100, every: 1h, to: sink}
  sink: {type: collect}
""")
        await asyncio.sleep(1)
        source, sink = bench.node("source"), bench.node("sink")
        left = await bench.engine.stop(5)
        assert list(left["f"].lines()) == []
        assert sink.got == list(range(10)) and sink.closed == 1 and source.acked == list(range(10))

    in_virtual_time(scenario)


def test_stopping_reports_what_the_deadline_left(in_virtual_time: Run) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy("""
flow: f
nodes:
  source: {type: count, n: 10, batch: 10, to: sink}
  sink: {type: collect, fails: 1000000}
""")
        await asyncio.sleep(1)
        source = bench.node("source")
        left = await bench.engine.stop(2)
        assert left["f"].held == {"sink": 10} and source.acked == []

    in_virtual_time(scenario)


def test_a_broken_flow_does_not_stop_another(in_virtual_time: Run) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy(
            "flow: a\nnodes:\n  s: {type: count, n: 5, to: k}\n  k: {type: collect, fails: 100000}\n", "a"
        )
        await bench.deploy("flow: b\nnodes:\n  s: {type: count, n: 5, to: k}\n  k: {type: collect}\n", "b")
        await asyncio.sleep(10)
        assert bench.node("k", "b").got == [0, 1, 2, 3, 4]
        assert bench.station("k", "a").state == "retrying"

    in_virtual_time(scenario)


def test_a_cycle_with_a_queue_runs(in_virtual_time: Run) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy("""
flow: f
nodes:
  source: {type: count, n: 3, to: again}
  again: {type: filter, where: payload < 100, queue: 4, to: step}
  step: {type: step, to: [again, sink]}
  sink: {type: collect}
""")
        await asyncio.sleep(1)
        assert sorted(bench.node("sink").got) == sorted([*range(1, 101), *range(2, 101), *range(3, 101)])
        assert bench.balances() == {} and bench.node("source").acked == [0, 1, 2]

    in_virtual_time(scenario)


def test_a_disabled_sink_drops_what_it_gets_and_holds_nobody_up(in_virtual_time: Run) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy("""
flow: f
nodes:
  source: {type: count, n: 50000, batch: 100, to: [off, on]}
  off: {type: collect, disabled: true}
  on: {type: collect}
""")
        await asyncio.sleep(5)
        assert len(bench.node("on").got) == 50_000
        assert len(bench.node("source").acked) == 50_000
        assert bench.station("off").dropped == {"disabled": 50_000}
        assert bench.balances() == {}

    in_virtual_time(scenario)


def test_a_chain_of_two_thousand_nodes_runs(in_virtual_time: Run) -> None:
    async def scenario(bench: Any) -> None:
        chain = "".join(f"  n{k}: {{type: step, to: n{k + 1}}}\n" for k in range(2000))
        await bench.deploy("flow: f\nnodes:\n  s: {type: count, n: 3, to: n0}\n" + chain + "  n2000: {type: collect}\n")
        await asyncio.sleep(1)
        assert bench.node("n2000").got == [2000, 2001, 2002] and bench.node("s").acked == [0, 1, 2]

    in_virtual_time(scenario)


def test_a_part_of_a_message_that_a_transform_rejects_leaves_alone(in_virtual_time: Run) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy("""
flow: f
nodes:
  table: {type: csv, to: good, on_error: bad}
  good: {type: collect}
  bad: {type: collect}
""")
        inject(bench.engine.flows["f"], bench.engine.services, "table", Message("a,b\n1,2\n3\n4\n"))
        await asyncio.sleep(1)
        assert bench.node("good").got == [[{"a": 1, "b": 2}]] and bench.node("bad").got == [["3"], ["4"]]
        assert bench.balances() == {} and bench.station("table").errored == 2

    in_virtual_time(scenario)


def test_a_timer_that_fails_again_and_again_is_one_line_each_time_it_is_told(
    in_virtual_time: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def on_time(buffer: Buffer, now_s: float) -> Any:
        raise KeyError("nobody foresaw this")

    async def scenario(bench: Any) -> None:
        await bench.deploy("""
flow: f
nodes:
  source: {type: count, n: 3, to: hold}
  hold: {type: buffer, count: 70, every: 50ms, to: all}
  all: {type: collect}
""")
        await asyncio.sleep(600)

    monkeypatch.setattr(Buffer, "on_time", on_time)
    with caplog.at_level(logging.WARNING):
        in_virtual_time(scenario)
    told = [record for record in caplog.records if "timer failed" in record.getMessage()]
    assert told[0].getMessage() == "f/hold: a timer failed (1 in all): KeyError: 'nobody foresaw this'"
    assert LOGGED_ERRORS < len(told) < 2 * LOGGED_ERRORS and not any(record.exc_info for record in told)
