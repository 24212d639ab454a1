"""nodes/stateful/on_change.py: the deadband vectors of alerts.json through the node."""

import json
from pathlib import Path

import pytest

from flowengine import Message
from flowengine.testing import TestContext, make, payloads
from nodes.stateful.on_change import OnChange

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "alerts.json").read_text("utf-8"))["deadband"]


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["name"])
def test_on_change_passes_what_the_vector_says(case):
    node = make(OnChange, f"{{deadband: {case['deadband']}, mode: {case['mode']}}}")
    out = []
    for at_s, value in case["samples"]:
        out += [[at_s, p["value"]] for p in payloads(node.process([Message({"value": value})], at_s).messages)]
    assert out == case["expected_emitted"]


def test_on_change_keeps_keys_apart_and_counts_what_it_drops():
    context = TestContext()
    node = make(OnChange, "key: '{d}'", context)
    emit = node.process([Message(v, meta={"d": d}) for d, v in [("a", 1), ("b", 1), ("a", 1), ("b", 2)]], 0)
    assert payloads(emit.messages) == [1, 1, 2]
    assert context.recorded.counted == {"unchanged": 1}


def test_on_change_passes_nothing_too_soon_and_everything_in_time():
    node = make(OnChange, "{min_interval: 10s, max_interval: 60s}")
    out = [at_s for at_s, v in [(0, 1), (5, 2), (10, 2), (60, 2), (70, 2)] if node.process([Message(v)], at_s).messages]
    assert out == [0, 10, 70]


def test_on_change_remembers_over_a_restart():
    before, after = make(OnChange, "max_interval: 60s"), make(OnChange, "max_interval: 60s")
    before.process([Message(1)], 1000)
    after.restore(before.snapshot(1050), 0)
    assert [bool(after.process([Message(1)], at_s).messages) for at_s in (0, 9, 10)] == [False, False, True]


def test_on_change_rejects_only_the_message_without_a_key():
    emit = make(OnChange, "key: '{d}'").process([Message(1), Message(2, meta={"d": "a"})], 0)
    assert (payloads(emit.messages), len(emit.rejected)) == ([2], 1)
