"""What a source hands in gets its id and a time of its own, with room for what is made of it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from flowengine import Outlet, Unavailable
from flowengine.runtime.sources import leave_room
from tests.flowengine.runtime.conftest import Count

Run = Any


def test_messages_of_one_batch_have_times_of_their_own(in_virtual_time: Run) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy("""
flow: f
nodes:
  source: {type: count, n: 200, batch: 200, to: sink}
  sink: {type: collect}
""")
        seen: list[Any] = []
        bench.station("sink").tap = lambda port, messages: seen.extend(messages)
        bench.station("source").tap = lambda port, messages: seen.extend(messages)
        await asyncio.sleep(1)
        assert len({m.time_ns // 1000 for m in seen}) == len({m.id for m in seen}) == 200
        assert not any(m.has_own_time for m in seen)

    in_virtual_time(scenario)


def test_a_source_leaves_room_only_where_a_node_makes_several_of_one(in_virtual_time: Run) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy("""
flow: f
nodes:
  source: {type: count, n: 1, to: parts}
  parts: {type: split, to: sink}
  sink: {type: collect}
""")
        [outlet] = bench.engine.flows["f"].outlets.values()
        assert outlet.leaves_room
        leave_room([outlet], [bench.station("sink")])
        assert not outlet.leaves_room

    in_virtual_time(scenario)


def test_a_source_that_stays_away_says_so_at_once_and_then_ever_more_rarely(
    in_virtual_time: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries = 0

    async def run(source: Count, emit: Outlet) -> None:
        nonlocal tries
        tries += 1
        raise Unavailable("nothing listens at 10.0.0.7:4001" if tries < 100 else "it is asleep")

    async def scenario(bench: Any) -> None:
        await bench.deploy("flow: f\nnodes: {source: {type: count, to: sink}, sink: {type: collect}}")
        await asyncio.sleep(1)
        assert len(told()) == 1
        await asyncio.sleep(1200)
        assert tries > 100
        assert told()[:3] == ["f/source: away, trying again: nothing listens at 10.0.0.7:4001"] * 3
        assert 5 <= len(told()) <= 8 and told()[-1] == "f/source: away, trying again: it is asleep"

    def told() -> list[str]:
        return [record.getMessage() for record in caplog.records if "away" in record.getMessage()]

    monkeypatch.setattr(Count, "run", run)
    with caplog.at_level(logging.WARNING):
        in_virtual_time(scenario)


def test_a_source_that_fails_for_whatever_reason_is_one_line_each_time_it_is_told(
    in_virtual_time: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries = 0

    async def run(source: Count, emit: Outlet) -> None:
        nonlocal tries
        tries += 1
        raise OSError(f"try {tries} found no device")

    async def scenario(bench: Any) -> None:
        await bench.deploy("flow: f\nnodes: {source: {type: count, to: sink}, sink: {type: collect}}")
        await asyncio.sleep(1)
        assert [record.getMessage() for record in caplog.records] == [
            "f/source: failed, starting again: OSError: try 1 found no device"
        ]
        await asyncio.sleep(1200)

    monkeypatch.setattr(Count, "run", run)
    with caplog.at_level(logging.WARNING):
        in_virtual_time(scenario)
    assert tries > 100 and 3 <= len(caplog.records) <= 6
    assert not any(record.exc_info for record in caplog.records), "no trace"
