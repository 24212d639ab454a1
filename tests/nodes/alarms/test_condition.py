"""nodes/alarms/condition.py: the exact timelines of the vectors, then properties."""

import itertools
import json
import operator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.alarms.condition import Conditions, Timing

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "alerts.json").read_text("utf-8"))
S = 1_000_000_000
OPERATORS = {">": operator.gt, "<": operator.lt}


def phases(changes):
    return [[change.at_ns / S, "resolved" if change.old == "firing" else change.new] for change in changes]


EXACT = [case for case in VECTORS["event_driven"]["vectors"] if case["rule"]["kind"] == "threshold"]


@pytest.mark.parametrize("wakes", [True, False], ids=["woken", "only_samples"])
@pytest.mark.parametrize("case", EXACT, ids=lambda case: case["name"])
def test_exact_timers_fire_between_samples(case, wakes):
    rule = case["rule"]
    conditions, changes = Conditions(Timing(rule.get("for_s", 0) * S, rule.get("keep_firing_for_s", 0) * S)), []
    for at_s, value in case["samples"]:
        if wakes:
            changes += conditions.on_time(at_s * S - 1)
        when = OPERATORS[case["rule"]["op"]](value, case["rule"]["value"])
        changes += conditions.update("k", when, at_s * S)
    assert phases(changes) == case["expected_transitions"]


def test_a_step_that_lasts_too_long_is_the_same_condition_with_for():
    case = next(case for case in VECTORS["event_driven"]["vectors"] if case["rule"]["kind"] == "duration")
    conditions, changes = Conditions(Timing(for_ns=case["rule"]["timeout_s"] * S)), []
    for at_s, what, key in case["events"]:
        changes += conditions.on_time(at_s * S - 1)
        changes += conditions.update(key, what == case["rule"]["start"], at_s * S)
    told = [[c.at_ns / S, "resolved" if c.old == "firing" else c.new, c.key] for c in changes if "firing" in c[1:3]]
    assert told == case["expected_transitions"]
    assert len(conditions) == 0


def test_keep_for_is_exact_too_and_restarts_when_true_again():
    conditions = Conditions(Timing(0, 10 * S))
    conditions.update("k", True, 0)
    assert not conditions.update("k", False, 5 * S)
    assert conditions.next_deadline_ns() == 15 * S
    assert not conditions.update("k", True, 15 * S) and conditions.next_deadline_ns() is None
    conditions.update("k", False, 20 * S)
    assert phases(conditions.on_time(99 * S)) == [[30, "resolved"]]


STEPS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abc"), st.booleans(), st.none() | st.booleans()))


@given(STEPS, st.integers(0, 8), st.integers(0, 8))
def test_waking_often_or_never_and_restarting_anywhere_makes_no_difference(steps, for_s, keep_s):
    rule = Timing(for_s * S, keep_s * S)
    woken, lazy, woken_changes, lazy_changes, now_ns = Conditions(rule), Conditions(rule), [], [], 0
    for advance_s, key, when, clear in steps:
        now_ns += advance_s * S
        woken_changes += woken.on_time(now_ns - 1)
        woken_changes += woken.update(key, when, now_ns, clear)
        lazy_changes += lazy.update(key, when, now_ns, clear)
        again = Conditions(rule)
        again.restore(json.loads(json.dumps(woken.snapshot())))
        assert again.snapshot() == woken.snapshot() and again.next_deadline_ns() == woken.next_deadline_ns()
        woken = again
    woken_changes += woken.on_time(now_ns + 99 * S)
    lazy_changes += lazy.on_time(now_ns + 99 * S)
    for key in "abc":
        of_key = [change for change in woken_changes if change.key == key]
        assert of_key == [change for change in lazy_changes if change.key == key]
        assert all(a.new == b.old and a.at_ns <= b.at_ns for a, b in itertools.pairwise(of_key))
        for a, b in itertools.pairwise(of_key):
            if (a.new, b.new) == ("pending", "firing"):
                assert b.at_ns - a.at_ns == for_s * S
