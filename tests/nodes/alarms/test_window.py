"""nodes/alarms/window.py: flapping vectors and windows against their definition."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.alarms.window import Flapping, RateOfChange, RatioWindow

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "alerts.json").read_text("utf-8"))
S = 1_000_000_000


@pytest.mark.parametrize("case", VECTORS["flapping"], ids=lambda case: case["name"])
def test_flapping_begins_and_ends_as_the_vector_says(case):
    rule = case["rule"]
    flapping = Flapping(rule["window_s"] * S, rule["start_at_changes"], rule["stop_at_changes"])
    seen, last = [], case["states"][0][1]
    for at_s, state in case["states"]:
        if flapping.settled(at_s * S):
            seen.append([at_s, "stable"])
        if state != last and flapping.changed(at_s * S):
            seen.append([at_s, "flapping"])
        last = state
    assert seen == case["expected"]


def test_the_end_of_flapping_is_known_in_advance():
    flapping = Flapping(300 * S, 4, 1)
    for at_s in (60, 120, 180, 240, 300):
        flapping.changed(at_s * S)
    assert flapping.next_change_ns() == 540 * S
    assert not flapping.settled(540 * S - 1) and flapping.settled(540 * S)


def test_flapping_that_could_never_stop_is_an_error():
    with pytest.raises(ValueError, match="fewer"):
        Flapping(1, 2, 2)


SAMPLES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.integers(0, 9)), max_size=80)


@given(SAMPLES, st.integers(1, 12))
def test_a_ratio_is_what_the_samples_in_the_window_say(samples, window_s):
    window, kept, now_s = RatioWindow(window_s), [], 0
    for advance, above, below in samples:
        now_s += advance
        window.add(above, below, now_s)
        kept.append((now_s, above, below))
        inside = [each for each in kept if now_s - window_s < each[0] <= now_s]
        total = sum(each[2] for each in inside)
        assert window.ratio(now_s) == (sum(each[1] for each in inside) / total if total else None)
        assert window.next_change_ns() == inside[0][0] + window_s


def test_a_window_lets_the_oldest_go_when_it_holds_too_many():
    window = RatioWindow(1000, most=3)
    for number in range(10):
        window.add(number, 1, number)
    assert window.ratio(10) == 8.0


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(-99, 99)), min_size=1, max_size=40), st.integers(1, 90))
def test_a_rate_compares_with_the_newest_sample_before_the_span(samples, over_s):
    rate, kept, now_s = RateOfChange(over_s * S, 100 * S), [], 0
    for advance, value in samples:
        now_s += advance
        rate.add(value, now_s * S)
        kept.append((now_s, value))
        before = [each for each in kept if now_s - over_s - 100 <= each[0] <= now_s - over_s]
        assert rate.per_s(now_s * S) == ((value - before[-1][1]) / over_s if before else None)
