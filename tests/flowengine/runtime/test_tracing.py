"""flowengine/runtime/tracing.py: a traced batch leaves spans of all that happened to it, and is delivered as ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine.runtime import tracing
from flowengine.runtime.receipt import Receipt, joined
from flowengine.runtime.tracing import MOST_A_SECOND, Span, Trace, Tracer, below, under
from flowengine.testing import run_virtual
from tests.flowengine.runtime.conftest import Bench
from tests.waiting import until

FLOW = """
flow: f
nodes:
  source: {type: count, n: 4, batch: 2, to: step}
  step: {type: step, to: [odd, kept]}
  odd: {type: picky, bad: 3, to: sink, on_error: refused}
  sink: {type: collect}
  refused: {type: collect}
  kept: {type: collect, durable: {max: 1MiB}}
"""
LAST = ["receive source", "write kept", "write sink"]
IN_RAM = FLOW.replace(", durable: {max: 1MiB}", "")


def traced(bench: Bench, sample: float = 1.0) -> list[Span]:
    spans: list[Span] = []
    bench.engine.services.tracer = Tracer(sample, spans.append, bench.engine.clock, bench.engine.services.random)
    return spans


@asynccontextmanager
async def real(tmp_path: Path) -> AsyncIterator[Bench]:
    """In real time: a spool has a thread of its own."""
    bench = Bench(tmp_path)
    yield bench
    await bench.engine.stop(1.0)


def tree(spans: list[Span]) -> dict[str, str]:
    """The parent's name of each span of one trace, by name."""
    names = {span.id: span.name for span in spans}
    return {span.name: names.get(span.parent_id, "") for span in spans}


def of_first_trace(spans: list[Span]) -> list[Span]:
    return [span for span in spans if span.trace is spans[0].trace]


async def test_a_trace_has_a_span_for_each_step_from_source_to_settlement(tmp_path: Path) -> None:
    async with real(tmp_path) as bench:
        spans = traced(bench)
        await bench.deploy(FLOW)
        await until(lambda: sorted(span.name for span in spans if span.name in LAST) == sorted(LAST * 2))
        assert bench.node("kept").got == [1, 2, 3, 4] and bench.node("source").acked == [0, 1, 2, 3]
        assert bench.node("sink").got == [1, 2, 4] and bench.node("refused").got == [3]
        assert tree(of_first_trace(spans)) == {
            "receive source": "",
            "process step": "receive source",
            "process odd": "process step",
            "queue sink": "process odd",
            "write sink": "queue sink",
            "commit kept": "process step",
            "backlog kept": "commit kept",
            "write kept": "backlog kept",
            "settle source": "receive source",
        }
        first = {span.name: span for span in of_first_trace(spans)}
        assert first["process step"].attributes == {
            "flowengine.node": "step", "flowengine.type": "step", "flowengine.messages": 2,
        }  # fmt: skip
        assert first["receive source"].attributes["flowengine.bytes"] == 20
        assert all(span.start_ns <= span.end_ns for span in spans)
        rejected = [span.name for span in spans if any(event == "rejected" for event, _ in span.events)]
        assert rejected == ["process odd"]


def test_times_say_how_long_a_batch_waited_and_a_try_that_failed_names_its_error_only(in_virtual_time: Any) -> None:
    text = """
flow: f
nodes:
  source: {type: count, n: 1, to: sink}
  sink: {type: collect, fails: 2, every: 2}
"""

    async def scenario(bench: Any) -> None:
        spans = traced(bench)
        await bench.deploy(text)
        await asyncio.sleep(60)
        writes = [(span.fault, round((span.end_ns - span.start_ns) / 1e9)) for span in spans if "write" in span.name]
        assert writes == [("Unavailable", 2), ("Unavailable", 2), ("", 2)]
        [root] = [span for span in spans if not span.parent_id]
        assert root.end_ns - root.start_ns >= 6e9

    in_virtual_time(scenario)


def test_what_a_buffer_gathered_goes_on_in_every_trace_it_came_from(in_virtual_time: Any) -> None:
    text = """
flow: f
nodes:
  source: {type: count, n: 3, batch: 1, to: hold}
  hold: {type: buffer, count: 3, every: 10s, to: sink}
  sink: {type: collect}
"""

    async def scenario(bench: Any) -> None:
        spans = traced(bench)
        await bench.deploy(text)
        await asyncio.sleep(1)
        writes = [span for span in spans if span.name == "write sink"]
        assert len({span.trace.id for span in writes}) == len(writes) == 3
        assert [span.attributes["flowengine.messages"] for span in writes] == [3, 3, 3]

    in_virtual_time(scenario)


def test_nothing_is_traced_unless_asked_for(in_virtual_time: Any) -> None:
    async def scenario(bench: Any) -> None:
        spans = traced(bench, sample=0.0)
        await bench.deploy(IN_RAM)
        await asyncio.sleep(1)
        assert spans == [] and bench.node("kept").got == [1, 2, 3, 4]

    in_virtual_time(scenario)


def test_however_much_is_sampled_only_so_many_traces_begin_in_a_second(in_virtual_time: Any) -> None:
    async def scenario(bench: Any) -> None:
        spans = traced(bench)
        await bench.deploy(IN_RAM.replace("n: 4", "n: 1000"))
        await asyncio.sleep(1)
        assert len({span.trace.id for span in spans}) <= 2 * MOST_A_SECOND
        assert len(bench.node("kept").got) == 1000

    in_virtual_time(scenario)


def test_a_trace_has_only_so_many_spans(monkeypatch: pytest.MonkeyPatch, in_virtual_time: Any) -> None:
    monkeypatch.setattr(tracing, "MOST_SPANS", 4)

    async def scenario(bench: Any) -> None:
        spans = traced(bench)
        await bench.deploy(IN_RAM)
        await asyncio.sleep(1)
        assert len(of_first_trace(spans)) == 4
        assert bench.node("kept").got == [1, 2, 3, 4] and bench.node("source").acked == [0, 1, 2, 3]

    in_virtual_time(scenario)


def test_joined_receipts_are_in_all_their_traces_once(in_virtual_time: Any) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy(IN_RAM)
        station, clock, ended = bench.station("step"), bench.engine.clock, []
        spans = [
            Span(Trace("f", clock, bench.engine.services.random, ended.append), "root", "internal", 0, {})
            for _ in range(2)
        ]
        settled: list[int] = []
        receipts = [under(Receipt(lambda: settled.append(1)), (span,)) for span in spans]
        receipts[0].hold()
        one = joined([receipts[0], Receipt(), receipts[1], receipts[0]])
        assert one.spans == tuple(spans)
        assert len(below("process", station, one.spans, 1)) == 2
        one.settle()
        assert settled == [1, 1] and [span.end_ns > 0 for span in spans] == [True, True]
        assert joined([Receipt(), Receipt()]).spans == ()

    in_virtual_time(scenario)


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 1), st.integers(1, 5), st.sampled_from(["block", "drop_oldest", "drop_newest"]))
def test_every_span_that_began_ends_and_delivery_is_as_without(
    tmp_path_factory: pytest.TempPathFactory, sample: float, batch: int, when_full: str
) -> None:
    text = IN_RAM.replace("n: 4, batch: 2", f"n: 30, batch: {batch}").replace(
        "sink: {type: collect}", f"sink: {{type: collect, every: 0.1, queue: {{count: 2, when_full: {when_full}}}}}"
    )

    async def scenario() -> None:
        bench = Bench(tmp_path_factory.mktemp("traced"))
        begun: list[Span] = []
        bench.engine.services.tracer = Tracer(sample, begun.append, bench.engine.clock, bench.engine.services.random)
        await bench.deploy(text)
        await asyncio.sleep(30)
        assert sorted(bench.node("source").acked) == list(range(30))
        assert bench.balances() == {}
        known = {span.id for span in begun} | {0}
        assert {span.parent_id for span in begun} <= known, "a parent that never ended would be missing here"
        await bench.engine.stop(1)

    run_virtual(scenario)
