"""nodes/values/change.py: the deadband vectors, intervals, bounds."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.values.change import ChangeRule, Changes

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "alerts.json").read_text("utf-8"))["deadband"]


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["name"])
def test_a_deadband_passes_what_the_vector_says(case):
    changes = Changes(ChangeRule(case["deadband"], case["mode"]))
    assert [[t, v] for t, v in case["samples"] if changes.passes("k", v, t)] == case["expected_emitted"]


def test_intervals_hold_back_and_remind():
    changes = Changes(ChangeRule(1.0, min_ns=10, max_ns=100))
    samples = [(0, 1.0), (5, 9.0), (10, 9.0), (60, 9.5), (109, 9.5), (110, 9.5)]
    assert [t for t, v in samples if changes.passes("k", v, t)] == [0, 10, 110]


def test_what_is_no_number_passes_when_it_differs():
    changes = Changes(ChangeRule(5.0))
    values = ["a", "a", True, 1, True, None, None, [1], [1], [2], math.nan, math.nan, 1.0, math.nan]
    passed = [value for value in values if changes.passes("k", value, 0)]
    assert repr(passed) == repr(["a", True, 1, True, None, [1], [2], math.nan, 1.0, math.nan])


def test_keys_are_apart_and_the_one_unchanged_longest_is_forgotten():
    changes = Changes(ChangeRule(max_keys=2))
    assert [changes.passes(key, 1, 0) for key in "aba"] == [True, True, False]
    assert changes.passes("a", 2, 1) and changes.passes("c", 1, 2)
    assert changes.forgotten == 1
    assert not changes.passes("a", 2, 3) and changes.passes("b", 1, 3)


def test_without_a_deadband_any_difference_passes_and_zero_percent_of_zero_does_not():
    changes = Changes(ChangeRule())
    assert [value for value in (1, 1, 1.0, 2, 2) if changes.passes("k", value, 0)] == [1, 2]
    percent = Changes(ChangeRule(10, "percent"))
    assert [percent.passes("k", value, 0) for value in (0, 0, 1e-9)] == [True, False, True]


def test_a_negative_deadband_is_an_error():
    with pytest.raises(ValueError, match="negative"):
        Changes(ChangeRule(-1))


@given(st.lists(st.floats(-1e6, 1e6)), st.floats(0, 100), st.sampled_from(["abs", "percent"]))
def test_no_value_that_is_held_back_is_further_than_the_deadband_from_the_last_passed(values, deadband, mode):
    changes, last = Changes(ChangeRule(deadband, mode)), None
    for now_ns, value in enumerate(values):
        again = Changes(ChangeRule(deadband, mode))
        again.restore(json.loads(json.dumps(changes.snapshot())))
        passed = changes.passes("k", value, now_ns)
        assert again.passes("k", value, now_ns) == passed
        limit = 0 if last is None else deadband * (abs(last) / 100 if mode == "percent" else 1)
        assert passed == (last is None or deadband == 0 or (value != last and abs(value - last) >= limit))
        last = value if passed else last
