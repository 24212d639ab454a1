"""nodes/windows/course.py: what a counter gained, how long something was on, value times time."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.windows.course import Course, Sample
from nodes.windows.rule import WindowRule
from nodes.windows.windows import Windows

S = 10**9
COURSES = ("increase", "on_time", "integral")
READINGS = st.lists(st.tuples(st.integers(1, 50), st.integers(0, 100)), min_size=1, max_size=60)


def figures(samples, before=None, end_s=10, rollover=None, most=1000):
    course = Course(most)
    for at_s, value in samples:
        course.add(value, at_s * S, rollover)
    again = Course.from_json(json.loads(json.dumps(course.to_json())), most)
    found = course.figures(before, 0, end_s * S, rollover)
    assert again.figures(before, 0, end_s * S, rollover) == found
    return found


def test_a_window_counts_against_the_value_that_stood_before_it():
    assert figures([(5, 12)], Sample(-3 * S, 10)) == {"increase": 2, "on_time": 10.0, "integral": 10 * 5 + 12 * 5}
    assert figures([(5, 12)]) == {"increase": 0, "on_time": 5.0, "integral": 60.0}
    assert figures([], Sample(-S, 2)) == {"increase": 0, "on_time": 10.0, "integral": 20.0}
    assert figures([]) == dict.fromkeys(COURSES)


def test_a_fall_is_a_reset_or_an_overflow_where_the_counter_has_one():
    fall = [(1, 65530), (2, 4)]
    assert figures(fall)["increase"] == 4
    assert figures(fall, rollover=65536)["increase"] == 10


def test_values_that_come_in_another_order_count_in_that_of_their_times():
    assert figures([(1, 0), (7, 0), (4, 1)]) == figures([(1, 0), (4, 1), (7, 0)])


@given(READINGS, st.one_of(st.none(), st.just(101)))
def test_what_is_added_up_early_changes_nothing(readings, rollover):
    at_s, samples = 0, []
    for gap_s, value in readings:
        at_s += gap_s
        samples.append((at_s, value))
    whole = figures(samples, Sample(-S, 7), at_s + 5, rollover)
    assert figures(samples, Sample(-S, 7), at_s + 5, rollover, most=4) == pytest.approx(whole)


@given(READINGS)
def test_windows_side_by_side_lose_nothing_between_them(readings):
    windows = Windows(WindowRule(20 * S, aggregates=COURSES, empty="last", most_empty=1000))
    at_s, samples, results = 0, [], []
    for gap_s, value in readings:
        at_s += gap_s
        samples.append((at_s, value))
        results += windows.add("k", value, at_s * S, at_s * S)
    end_s = at_s - at_s % 20 + 20
    results += windows.advance(end_s * S + S)
    whole = figures(samples, end_s=end_s)
    summed = {name: sum(result.figures[name] or 0 for result in results) for name in COURSES}
    assert summed == pytest.approx(whole)


def test_courses_outlive_a_restart_in_the_middle_of_a_window():
    rule = WindowRule(10 * S, aggregates=COURSES)
    windows = Windows(rule)
    for at_s, value in ((1, 5), (12, 8)):
        windows.add("k", value, at_s * S, at_s * S)
    again = Windows(rule)
    again.restore(json.loads(json.dumps(windows.snapshot())))
    [result] = again.add("k", 9, 21 * S, 21 * S)
    assert result.figures == {"increase": 3, "on_time": 10.0, "integral": 5 * 2 + 8 * 8}


def test_only_windows_side_by_side_have_a_course():
    with pytest.raises(ValueError, match="need windows side by side"):
        Windows(WindowRule(10 * S, "sliding", S, aggregates=("increase",)))
