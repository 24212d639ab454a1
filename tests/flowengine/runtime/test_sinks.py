"""flowengine/runtime/sinks.py: whoever fills a queue waits for room, whatever the sink answered with."""

from __future__ import annotations

import asyncio
from pathlib import Path

from flowengine import Message, Messages, Rejected, Sink
from flowengine.testing import run_virtual
from tests.flowengine.runtime.conftest import AnyConfig, Bench, ToyCatalog

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
