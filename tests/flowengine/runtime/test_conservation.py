"""The conservation ledger is silent while the engine is right, and loud when a message is gone."""

from __future__ import annotations

import asyncio
from typing import Any

from flowengine.runtime.conservation import LedgerCheck

FLOW = """
flow: f
nodes:
  source: {{type: count, n: 1000, every: 0.01, to: keep}}
  keep: {{type: filter, where: payload % 3 != 0, to: hold}}
  hold: {{type: buffer, count: {count}, every: 1s, to: sink}}
  sink: {{type: collect, every: 0.05, queue: 5}}
"""


def test_it_is_silent_under_load_and_over_deploys(in_virtual_time: Any) -> None:
    async def scenario(bench: Any) -> None:
        books = LedgerCheck()
        for count in (3, 8, 20, 2):
            await bench.deploy(FLOW.format(count=count))
            for _ in range(30):
                await asyncio.sleep(0.1)
                assert books.faults(bench.engine.flows.values()) == []

    in_virtual_time(scenario)


def test_a_message_that_a_node_lost_is_named(in_virtual_time: Any) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy(FLOW.format(count=500))
        await asyncio.sleep(0.5)
        bench.station("hold").ledger.take(1)
        assert LedgerCheck().faults(bench.engine.flows.values()) == ["f/hold: 1 message unaccounted for"]

    in_virtual_time(scenario)


def test_a_message_that_a_wire_lost_is_named(in_virtual_time: Any) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy(FLOW.format(count=3))
        await asyncio.sleep(1)
        books = LedgerCheck()
        assert books.faults(bench.engine.flows.values()) == []
        [wire] = bench.station("keep").wires["out"]
        wire.count += 2
        found = books.faults(bench.engine.flows.values())
        assert found == ["f/hold: 2 messages left on its wires and did not arrive"]

    in_virtual_time(scenario)
