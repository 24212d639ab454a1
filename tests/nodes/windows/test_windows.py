"""nodes/windows/windows.py, window_rule.py: closing, lateness, bounds; against a plain grouping."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.windows.rule import WindowRule
from nodes.windows.windows import Windows

FLAT = ("count", "sum", "min", "max", "first", "last")
NEVER = 10**9


def brief(results, figure="count"):
    return [(r.key, r.start_ns, r.end_ns, r.figures[figure]) for r in results]


def add(windows, key, at_ns, now_ns=None, value=1.0):
    return windows.add(key, value, at_ns, at_ns if now_ns is None else now_ns)


def test_a_tumbling_window_closes_when_its_keys_time_reaches_its_end():
    windows = Windows(WindowRule(10, aggregates=("count", "mean")))
    assert add(windows, "a", 0) == [] and add(windows, "a", 9, value=3.0) == []
    assert windows.next_deadline_ns() == 10
    (result,) = windows.add("a", 5.0, 10, 10, "about it")
    assert result == ("a", 0, 10, {"count": 2, "mean": 2.0}, "about it", False)
    assert windows.advance(19) == [] and brief(windows.advance(20)) == [("a", 10, 20, 1)]
    assert windows.next_deadline_ns() is None


def test_a_value_is_taken_within_the_lateness_and_counted_after_it():
    windows = Windows(WindowRule(10, lateness_ns=5))
    add(windows, "a", 0)
    assert add(windows, "a", 14) == [] and add(windows, "a", 3) == []
    assert brief(add(windows, "a", 15)) == [("a", 0, 10, 2)]
    assert add(windows, "a", 9) == [] and windows.late == 1


def test_a_key_is_not_late_because_others_went_on():
    windows = Windows(WindowRule(10))
    add(windows, "a", 0)
    assert brief(add(windows, "b", 1000)) == []
    assert add(windows, "a", 9, 1000) == [] and brief(add(windows, "a", 10, 1000)) == [("a", 0, 10, 2)]
    assert windows.late == 0


def test_a_backlog_is_not_closed_by_the_clock_while_it_comes():
    windows = Windows(WindowRule(10, lateness_ns=2))
    for at_ns in range(0, 40, 2):
        add(windows, "a", at_ns, 5000)
        assert windows.advance(5000) == []
    assert windows.late == 0
    assert windows.advance(5003) == [] and windows.next_deadline_ns() == 5004
    assert brief(windows.advance(5004)) == [("a", 30, 40, 5)]


def test_what_silence_closed_is_given_again_when_more_of_it_comes():
    windows = Windows(WindowRule(10))
    add(windows, "a", 3)
    assert [(r.figures["count"], r.again) for r in windows.advance(10)] == [(1, False)]
    assert windows.advance(500) == []
    add(windows, "a", 5, 1000)
    assert [(r.start_ns, r.figures["count"], r.again) for r in add(windows, "a", 12, 1000)] == [(0, 2, True)]


def test_what_silence_closed_is_not_given_again_when_nothing_of_it_came():
    windows = Windows(WindowRule(10))
    add(windows, "a", 3)
    assert len(windows.advance(10)) == 1
    assert add(windows, "a", 12, 1000) == []


def test_a_clock_far_ahead_closes_nothing():
    windows = Windows(WindowRule(10, ahead_ns=100))
    add(windows, "a", 0)
    assert add(windows, "a", 101, 0) == [] and windows.refused == 1
    assert add(windows, "a", 1, value=math.nan) == [] and windows.refused == 2


def test_sliding_windows_overlap():
    windows = Windows(WindowRule(20, "sliding", 10))
    add(windows, "a", 5)
    assert brief(add(windows, "a", 15)) == [("a", -10, 10, 1)]
    assert brief(windows.advance(NEVER)) == [("a", 0, 20, 2), ("a", 10, 30, 1)]


def test_a_session_ends_after_the_gap_and_a_value_out_of_order_joins_two():
    windows = Windows(WindowRule(10, "session", lateness_ns=30, aggregates=("count", "first", "last", "range")))
    for at_ns, value in ((0, 1.0), (5, 2.0), (18, 9.0)):
        add(windows, "a", at_ns, value=value)
    add(windows, "a", 11, value=4.0)
    (result,) = windows.advance(NEVER)
    assert result[1:4] == (0, 28, {"count": 4, "first": 1.0, "last": 9.0, "range": 8.0})


def test_empty_windows_are_given_as_asked_and_not_for_ever():
    held = Windows(WindowRule(10, aggregates=("count", "last"), empty="last", most_empty=3))
    add(held, "a", 0, value=7.0)
    assert [r.figures for r in held.advance(30)] == [{"count": 1, "last": 7.0}] + [{"count": 0, "last": 7.0}] * 2
    assert held.next_deadline_ns() == 40
    assert brief(held.advance(1000)) == [("a", 30, 40, 0)] and held.next_deadline_ns() is None
    assert brief(add(held, "a", 5000)) == [] and brief(add(held, "a", 5010)) == [("a", 5000, 5010, 1)]
    null = Windows(WindowRule(10, aggregates=("last",), empty="null"))
    add(null, "a", 0, value=7.0)
    assert brief(add(null, "a", 25), "last") == [("a", 0, 10, 7.0), ("a", 10, 20, None)]


def test_a_window_given_as_empty_is_given_again_with_the_backlog_that_fills_it():
    windows = Windows(WindowRule(10, aggregates=("count",), empty="null"))
    add(windows, "a", 0)
    assert brief(windows.advance(30)) == [("a", 0, 10, 1), ("a", 10, 20, 0), ("a", 20, 30, 0)]
    results = [r for at_ns in (14, 24, 34) for r in add(windows, "a", at_ns, 90)]
    assert [(r.start_ns, r.figures["count"], r.again) for r in results] == [(10, 1, True), (20, 1, True)]


def test_open_windows_are_bounded_and_the_key_that_was_silent_longest_goes_first():
    windows = Windows(WindowRule(10, max_windows=3))
    closed = [result for number in range(10) for result in add(windows, f"k{number}", 0)]
    assert brief(closed) == [(f"k{number}", 0, 10, 1) for number in range(7)]
    assert windows.closed_early == 7 and [key for key, _ in windows.snapshot()] == ["k7", "k8", "k9"]
    windows.advance(NEVER)
    assert add(windows, "k10", NEVER) == [] and windows.closed_early == 7  # k7 had no news left
    one = Windows(WindowRule(40, "sliding", 10, max_windows=3))
    assert brief(add(one, "a", 35)) == [("a", 0, 40, 1)] and one.closed_early == 1


def test_a_key_that_never_comes_back_is_forgotten():
    windows = Windows(WindowRule(10, most_silent_ns=1000))
    add(windows, "a", 0)
    windows.advance(10)
    add(windows, "b", 1100)
    windows.advance(1200)
    assert [key for key, _ in windows.snapshot()] == ["b"]


@pytest.mark.parametrize(
    "rule",
    [
        WindowRule(0),
        WindowRule(10, "sliding"),
        WindowRule(10_000, "sliding", 1),
        WindowRule(10, aggregates=("average",)),
        WindowRule(10, "session", empty="null"),
    ],
)
def test_a_rule_that_makes_no_sense_is_an_error(rule):
    with pytest.raises(ValueError):
        Windows(rule)


SAMPLES = st.lists(st.tuples(st.integers(0, 60), st.sampled_from("ab"), st.integers(-9, 9)), max_size=50)


@given(SAMPLES, st.integers(1, 20), st.integers(1, 20), st.booleans())
def test_every_value_in_time_is_in_every_window_it_belongs_to(samples, size, slide, sliding):
    rule = WindowRule(size, "sliding" if sliding else "tumbling", slide, lateness_ns=60, aggregates=FLAT)
    slide = slide if sliding else size
    windows, results = Windows(rule), []
    for at_ns, key, value in samples:
        results += windows.add(key, float(value), at_ns, 60)
        again = Windows(rule)
        again.restore(json.loads(json.dumps(windows.snapshot())))
        assert again.snapshot() == windows.snapshot() and again.next_deadline_ns() == windows.next_deadline_ns()
        windows = again
    results += windows.advance(NEVER)
    wanted = {}
    for at_ns, key, value in samples:
        for start in range(-size - slide, 61):
            if start % slide == 0 and start <= at_ns < start + size:
                wanted.setdefault((key, start), []).append((at_ns, value))
    assert len(results) == len(wanted) and windows.late == 0
    for key, start_ns, end_ns, figures, _, again in results:
        inside = wanted[key, start_ns]
        values = [value for _, value in inside]
        first = min(inside, key=lambda each: each[0])[1]
        last = [value for at_ns, value in inside if at_ns == max(inside)[0]][-1]
        assert end_ns == start_ns + size and not again
        assert figures["sum"] == pytest.approx(sum(values), abs=1e-9)
        assert [figures[name] for name in FLAT if name != "sum"] == [len(values), min(values), max(values), first, last]


STEPS = st.lists(st.tuples(st.integers(0, 200), st.sampled_from("abc"), st.integers(0, 30), st.booleans()), max_size=80)


def final(windows, steps):
    """The last figures of each window, after `steps` of (time, key, clock's step, whether the timer runs)."""
    results, now_ns = [], 0
    for at_ns, key, step_ns, timer in steps:
        now_ns += step_ns
        results += windows.add(key, float(at_ns), at_ns, now_ns)
        if timer:
            results += windows.advance(now_ns)
    results += windows.advance(NEVER)
    return {(r.key, r.start_ns): (r.figures["count"], r.figures["min"], r.figures["max"]) for r in results}


@given(STEPS, st.integers(1, 40), st.integers(0, 60), st.sampled_from(["skip", "null"]))
def test_every_value_is_in_one_tumbling_window_or_counted_late_whatever_the_clock_does(steps, size, wait, empty):
    windows = Windows(WindowRule(size, lateness_ns=wait, empty=empty, most_empty=5))
    found = final(windows, steps)
    assert sum(count for count, _, _ in found.values()) + windows.late == len(steps)
    for (_, start_ns), (count, low, high) in found.items():
        assert count == 0 or start_ns <= low <= high < start_ns + size


@given(STEPS, st.integers(1, 40), st.integers(0, 60), st.randoms(use_true_random=False))
def test_the_order_of_arrival_within_the_wait_does_not_matter(steps, size, wait, random):
    # Each value comes no more than `wait` after one that is newer: sorted by time plus a delay of up to `wait`.
    shuffled = sorted(steps, key=lambda step: step[0] + random.randint(0, wait))
    windows = Windows(WindowRule(size, lateness_ns=wait))
    assert final(windows, shuffled) == final(Windows(WindowRule(size)), sorted(steps, key=lambda step: step[0]))
    assert windows.late == 0


@given(STEPS, st.integers(1, 40), st.randoms(use_true_random=False))
def test_a_key_gives_the_same_whatever_the_others_do(steps, size, random):
    alone = {key: final(Windows(WindowRule(size)), [step for step in steps if step[1] == key]) for key in "abc"}
    mixed = list(steps)
    random.shuffle(mixed)
    own = {key: iter([step for step in steps if step[1] == key]) for key in "abc"}
    together = final(Windows(WindowRule(size)), [next(own[step[1]]) for step in mixed])
    assert together == {**alone["a"], **alone["b"], **alone["c"]}


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
    windows = Windows(WindowRule(gap, "session", lateness_ns=200))
    for at_ns in shuffled:
        assert add(windows, "k", at_ns, 100) == []
    assert brief(windows.advance(NEVER)) == [("k", each[0], each[-1] + gap, len(each)) for each in sessions]


def test_a_snapshot_in_steps_is_the_same_one_and_no_step_takes_more_than_some_keys():
    windows = Windows(WindowRule(10))
    for key in range(2_100):
        add(windows, f"k{key}", key % 10)
    steps, rows = 0, windows.snapshot_in_steps()
    while True:
        try:
            next(rows)
        except StopIteration as end:
            assert end.value == windows.snapshot() and steps == 4
            return
        steps += 1
