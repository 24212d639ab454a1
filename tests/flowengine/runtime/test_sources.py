"""What a source hands in gets its id and a time of its own, with room for what is made of it."""

from __future__ import annotations

import asyncio
from typing import Any

from flowengine.runtime.sources import leave_room

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
