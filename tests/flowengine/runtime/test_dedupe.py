"""Repeated messages are dropped within the window, and never one that was not settled."""

from __future__ import annotations

import asyncio
from typing import Any

from flowengine.catalog.every_node import DedupeRule
from flowengine.expression import compile_template
from flowengine.message import Message
from flowengine.runtime.dedupe import DedupeWindow
from flowengine.runtime.receipt import Receipt


def seen(window_s: float = 10, most_keys: int = 100) -> DedupeWindow:
    return DedupeWindow(DedupeRule(key=compile_template("{payload.k}"), window=window_s), most_keys)


def batch(*keys: int) -> list[Message]:
    return [Message({"k": key}) for key in keys]


def test_a_repetition_is_dropped_within_the_window_only() -> None:
    memory = seen()
    assert [m.payload["k"] for m in memory.fresh(batch(1, 2, 1), Receipt(), 0)[0]] == [1, 2]
    assert [m.payload["k"] for m in memory.fresh(batch(2, 3), Receipt(), 9)[0]] == [3]
    assert [m.payload["k"] for m in memory.fresh(batch(2, 3), Receipt(), 11)[0]] == [2]


def test_memory_is_bounded_by_forgetting_the_oldest() -> None:
    memory = seen(most_keys=3)
    memory.fresh(batch(1, 2, 3, 4), Receipt(), 0)
    assert len(memory.fresh(batch(1), Receipt(), 1)[0]) == 1


def test_only_settled_messages_are_remembered_over_a_restart() -> None:
    memory, settled = seen(), []
    _, first = memory.fresh(batch(1), Receipt(lambda: settled.append(1)), 0)
    memory.fresh(batch(2), Receipt(), 0)
    first.settle()
    assert settled == [1]
    later = seen()
    later.restore(memory.snapshot(4), 100)
    assert [m.payload["k"] for m in later.fresh(batch(1, 2), Receipt(), 101)[0]] == [2]
    assert [m.payload["k"] for m in later.fresh(batch(1), Receipt(), 107)[0]] == [1]


def test_a_flow_counts_what_it_drops_as_a_duplicate(in_virtual_time: Any) -> None:
    async def scenario(bench: Any) -> None:
        await bench.deploy("""
flow: f
nodes:
  source: {type: count, n: 9, batch: 9, to: [third, third]}
  third: {type: collect, dedupe: {key: "{payload}", window: 1h}}
""")
        await asyncio.sleep(1)
        assert bench.node("third").got == list(range(9)) and bench.balances() == {}
        assert bench.station("third").dropped == {"duplicate": 9}
        assert bench.node("source").acked == list(range(9))

    in_virtual_time(scenario)
