"""flowengine/runtime/sinks.py: whoever fills a queue waits for room, whatever the sink answered with."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from flowengine import Message, Messages, Rejected, Sink, Unavailable
from flowengine.runtime.inject import inject
from flowengine.testing import run_virtual
from tests.flowengine.runtime.conftest import AnyConfig, Bench, Collect, ToyCatalog

TEXT = """
flow: f
nodes:
  count: {type: count, n: 100, batch: 10, every: 0.1, to: half}
  half: {type: half, to: slow}
  slow: {type: collect, every: 60, queue: {count: 5}}
"""


class Half(Sink):
    """Has an answer to every even number, and none to the others."""

    config: AnyConfig
    outputs = ("out",)

    async def write(self, messages: Messages) -> None:
        odd = {place: "odd" for place, message in enumerate(messages) if message.payload % 2}
        raise Rejected("odd ones", odd, [Message(m.payload) for m in messages if not m.payload % 2])


class WithHalf(ToyCatalog):
    toys = {**ToyCatalog.toys, "half": Half}


def test_a_sink_that_answers_beside_its_rejects_waits_for_whom_it_fills(tmp_path: Path) -> None:
    async def scenario() -> int:
        bench = Bench(tmp_path, WithHalf())
        try:
            await bench.deploy(TEXT)
            most = 0
            for _ in range(50):
                await asyncio.sleep(0.1)
                most = max(most, bench.station("slow").inbox.messages)
            return most
        finally:
            await bench.engine.stop(0)

    assert 5 <= run_virtual(scenario) <= 10, "at most the bound and one batch"


VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "buffer_flush.json").read_text("utf-8"))["vectors"]
BUFFERED = """
flow: f
nodes:
  hold: {{type: buffer, count: {max_items}, every: {interval_s}s, timer: {timer}, to: away}}
  away: {{type: away, every: {back_s}, queue: {{count: {capacity}, when_full: drop_oldest}}}}
"""


class Away(Collect):
    """Is away until so many seconds have passed."""

    async def write(self, messages: Messages) -> None:
        if asyncio.get_running_loop().time() < self.config.every:
            raise Unavailable("away", retry_after_s=0.5)
        self.got += [m.payload for m in messages]


class WithAway(ToyCatalog):
    toys = {**ToyCatalog.toys, "away": Away}


@pytest.mark.parametrize("case", [case for case in VECTORS if case["failing_flushes"]], ids=lambda case: case["name"])
def test_a_failed_flush_waits_before_its_sink_in_order_and_within_its_bound(tmp_path: Path, case: Any) -> None:
    """As many are delivered and dropped as the vector says. What the sink has in hand is older than all that waits,
    and is not taken from it: so the bound is the vector's without that batch, and what waits gives way."""

    async def scenario() -> None:
        config, flushes, bench = case["config"], case["expected_flushes"], Bench(tmp_path, WithAway())
        in_hand = flushes[0]["ids"]
        capacity = config["capacity"] - len(in_hand) if config["capacity"] else 1000
        back_s = next(flush["t"] for flush in flushes if flush["ok"])
        try:
            await bench.deploy(BUFFERED.format(**{**config, "capacity": capacity}, back_s=back_s))
            for at_s, item in case["arrivals"]:
                # A hair early: what comes at the instant of a tick goes with it in the vector.
                await asyncio.sleep(at_s - 0.001 - asyncio.get_running_loop().time())
                inject(bench.engine.flows["f"], bench.engine.services, "hold", Message(item))
            await asyncio.sleep(case["until_s"] - at_s)
            wanted = [item for flush in flushes if flush["ok"] for item in flush["ids"]]
            newest = max(0, len(wanted) - len(in_hand))
            assert bench.node("away").got == in_hand + wanted[len(wanted) - newest :] and bench.balances() == {}
            assert bench.station("away").dropped.total() == len(case["dropped"])
        finally:
            await bench.engine.stop(0)

    run_virtual(scenario)


class Unopened(Collect):
    """Cannot be opened, for another number each time."""

    tries = 0

    async def open(self) -> None:
        self.tries += 1
        raise OSError(f"try {self.tries} found no device")


class WithUnopened(ToyCatalog):
    toys = {**ToyCatalog.toys, "unopened": Unopened}


def test_a_sink_that_cannot_be_opened_is_one_line_each_time_it_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        bench = Bench(tmp_path, WithUnopened())
        try:
            await bench.deploy("flow: f\nnodes: {count: {type: count, to: out}, out: {type: unopened}}")
            await asyncio.sleep(1200)
            assert bench.station("out").node.tries > 100
        finally:
            await bench.engine.stop(0)

    with caplog.at_level(logging.WARNING):
        run_virtual(scenario)
    told = [record for record in caplog.records if "found no device" in record.getMessage()]
    assert told[0].getMessage() == "f/out: away, keeping messages: could not open: OSError: try 1 found no device"
    assert 3 <= len(told) <= 6 and not any(record.exc_info for record in told)


class SlowToOpen(Collect):
    """Makes in a thread what it must close."""

    async def open(self) -> None:
        await asyncio.sleep(0.5)
        self.opened += 1


class WithSlowToOpen(ToyCatalog):
    toys = {**ToyCatalog.toys, "slow_to_open": SlowToOpen}


def test_what_was_being_opened_when_the_flow_stopped_is_closed(tmp_path: Path) -> None:
    async def scenario() -> Any:
        bench = Bench(tmp_path, WithSlowToOpen())
        await bench.deploy("flow: f\nnodes:\n  out: {type: slow_to_open}\n")
        await asyncio.sleep(0.1)
        node = bench.node("out")
        await bench.engine.stop(1.0)
        return node.opened, node.closed

    assert run_virtual(scenario) == (1, 1)
