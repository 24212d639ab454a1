"""nodes/logic/windows.py: closing, lateness, sessions, empty windows, bounds; against a plain grouping."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.logic.windows import Rule, Windows

FLAT = ("count", "sum", "min", "max", "first", "last")


def brief(results, figure="count"):
    return [(r.key, r.start_ns, r.end_ns, r.figures[figure]) for r in results]


def test_a_tumbling_window_closes_when_time_reaches_its_end():
    windows = Windows(Rule(10, aggregates=("count", "mean")))
    assert windows.add("a", 1.0, 0) == [] and windows.add("a", 3.0, 9) == []
    assert windows.next_deadline_ns() == 10
    (result,) = windows.add("a", 5.0, 10)
    assert result == ("a", 0, 10, {"count": 2, "mean": 2.0})
    assert brief(windows.advance(20)) == [("a", 10, 20, 1)] and windows.next_deadline_ns() is None


def test_a_late_value_is_taken_within_the_lateness_and_counted_after_it():
    windows = Windows(Rule(10, lateness_ns=5))
    windows.add("a", 1.0, 0)
    assert windows.add("a", 1.0, 14) == []
    assert windows.add("b", 1.0, 3) == []
    assert brief(windows.add("a", 1.0, 15)) == [("a", 0, 10, 1), ("b", 0, 10, 1)]
    assert windows.add("b", 1.0, 9) == [] and windows.late == 1


def test_a_clock_far_ahead_closes_nothing():
    windows = Windows(Rule(10, ahead_ns=100))
    windows.add("a", 1.0, 0, now_ns=0)
    assert windows.add("a", 1.0, 101, now_ns=0) == [] and windows.refused == 1
    assert windows.add("a", math.nan, 1, now_ns=0) == [] and windows.refused == 2


def test_sliding_windows_overlap():
    windows = Windows(Rule(20, "sliding", 10))
    windows.add("a", 1.0, 5)
    assert brief(windows.add("a", 1.0, 15)) == [("a", -10, 10, 1)]
    assert brief(windows.close_all()) == [("a", 0, 20, 2), ("a", 10, 30, 1)]


def test_a_session_ends_after_the_gap_and_a_late_value_joins_two():
    windows = Windows(Rule(10, "session", lateness_ns=30, aggregates=("count", "first", "last", "range")))
    for at_ns, value in ((0, 1.0), (5, 2.0), (18, 9.0)):
        windows.add("a", value, at_ns)
    assert len(windows.snapshot()["open"]) == 2
    windows.add("a", 4.0, 11)
    (result,) = windows.close_all()
    assert result == ("a", 0, 28, {"count": 4, "first": 1.0, "last": 9.0, "range": 8.0})


def test_empty_windows_are_given_as_asked_and_a_dead_key_is_forgotten():
    held = Windows(Rule(10, aggregates=("count", "last"), empty="last", most_empty=3))
    held.add("a", 7.0, 0)
    assert [r.figures for r in held.advance(30)] == [{"count": 1, "last": 7.0}] + [{"count": 0, "last": 7.0}] * 2
    assert held.next_deadline_ns() == 40
    assert brief(held.advance(1000)) == [("a", 30, 40, 0)] and held.next_deadline_ns() is None
    null = Windows(Rule(10, aggregates=("last",), empty="null"))
    null.add("a", 7.0, 0)
    assert brief(null.add("a", 8.0, 25), "last") == [("a", 0, 10, 7.0), ("a", 10, 20, None)]


def test_open_windows_are_bounded():
    windows = Windows(Rule(10, max_windows=3))
    closed = [result for number in range(10) for result in windows.add(f"k{number}", 1.0, 0)]
    assert windows.closed_early > 0 and len(closed) + len(windows.snapshot()["open"]) == 10


@pytest.mark.parametrize(
    "rule",
    [
        Rule(0),
        Rule(10, "sliding"),
        Rule(10_000, "sliding", 1),
        Rule(10, aggregates=("average",)),
        Rule(10, "session", empty="null"),
    ],
)
def test_a_rule_that_makes_no_sense_is_an_error(rule):
    with pytest.raises(ValueError):
        Windows(rule)


SAMPLES = st.lists(st.tuples(st.integers(0, 60), st.sampled_from("ab"), st.integers(-9, 9)), max_size=50)


@given(SAMPLES, st.integers(1, 20), st.integers(1, 20), st.booleans())
def test_every_value_in_time_is_in_every_window_it_belongs_to(samples, size, slide, sliding):
    rule = Rule(size, "sliding" if sliding else "tumbling", slide, lateness_ns=60, aggregates=FLAT)
    slide = slide if sliding else size
    windows, results = Windows(rule), []
    for at_ns, key, value in samples:
        results += windows.add(key, float(value), at_ns)
        again = Windows(rule)
        again.restore(json.loads(json.dumps(windows.snapshot())))
        assert again.snapshot() == windows.snapshot() and again.next_deadline_ns() == windows.next_deadline_ns()
        windows = again
    results += windows.close_all()
    wanted = {}
    for at_ns, key, value in samples:
        for start in range(-size - slide, 61):
            if start % slide == 0 and start <= at_ns < start + size:
                wanted.setdefault((key, start), []).append((at_ns, value))
    assert len(results) == len(wanted) and windows.late == 0
    for key, start_ns, end_ns, figures in results:
        inside = wanted[key, start_ns]
        values = [value for _, value in inside]
        first = min(inside, key=lambda each: each[0])[1]
        last = [value for at_ns, value in inside if at_ns == max(inside)[0]][-1]
        assert end_ns == start_ns + size
        assert figures["sum"] == pytest.approx(sum(values), abs=1e-9)
        assert [figures[name] for name in FLAT if name != "sum"] == [len(values), min(values), max(values), first, last]


@given(st.lists(st.integers(0, 100), min_size=1, max_size=30, unique=True), st.integers(1, 15), st.randoms())
def test_sessions_are_the_same_in_whatever_order_the_values_come(times, gap, random):
    sessions = []
    for at_ns in sorted(times):
        if sessions and at_ns - sessions[-1][-1] < gap:
            sessions[-1].append(at_ns)
        else:
            sessions.append([at_ns])
    shuffled = list(times)
    random.shuffle(shuffled)
    windows = Windows(Rule(gap, "session", lateness_ns=200))
    for at_ns in shuffled:
        assert windows.add("k", 1.0, at_ns) == []
    assert brief(windows.close_all()) == [("k", each[0], each[-1] + gap, len(each)) for each in sessions]
