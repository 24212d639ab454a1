"""nodes/values/anomaly.py: each method against its definition, bounds, snapshots."""

import json
import math
import random
import statistics

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.values.anomaly import Anomalies, AnomalyRule

METHODS = ["zscore", "iqr", "change"]
RANDOM = random.Random(7)
NOISE = [RANDOM.gauss(20, 1) for _ in range(2000)]


def hits(rule, values):
    anomalies = Anomalies(rule)
    return [place for place, value in enumerate(values) if anomalies.judge("k", value)]


@pytest.mark.parametrize("method", ["zscore", "iqr"])
def test_a_spike_is_found_and_little_else(method):
    values = list(NOISE)
    values[1000] = 60.0
    found = hits(AnomalyRule(method, limit=5.0 if method == "zscore" else 3.0), values)
    assert found == [1000]


def test_a_shift_of_level_is_found_soon_and_once():
    values = NOISE[:500] + [value + 3 for value in NOISE[500:1000]]
    found = hits(AnomalyRule("change", limit=12.0, warm_up=100, drift=0.75), values)
    assert len(found) == 1 and 500 <= found[0] < 520


def test_the_sign_of_the_score_is_the_direction():
    for method in METHODS:
        for sign in (1, -1):
            anomalies = Anomalies(AnomalyRule(method, limit=3.0))
            for value in NOISE[:50]:
                anomalies.judge("k", value)
            found = None
            for _ in range(5):
                found = found or anomalies.judge("k", 20.0 + sign * 50)
            assert found is not None and math.copysign(1, found.score) == sign and found.low < 20 < found.high


@pytest.mark.parametrize("method", METHODS)
def test_a_constant_signal_is_ordinary_and_its_first_difference_is_not(method):
    anomalies = Anomalies(AnomalyRule(method))
    assert not any(anomalies.judge("k", 1e6 + 0.1) for _ in range(1000))
    assert anomalies.judge("k", 1e6 + 0.2) is not None


def test_what_is_not_finite_is_counted_and_forgotten_keys_too():
    anomalies = Anomalies(AnomalyRule(max_keys=2))
    assert anomalies.judge("k", math.nan) is None and anomalies.refused == 1
    for key in "abc":
        anomalies.judge(key, 1.0)
    assert anomalies.forgotten == 1 and [row[0] for row in anomalies.snapshot()] == ["b", "c"]


@pytest.mark.parametrize("rule", [AnomalyRule(limit=0), AnomalyRule(warm_up=1), AnomalyRule(window=10, warm_up=11)])
def test_a_rule_that_makes_no_sense_is_an_error(rule):
    with pytest.raises(ValueError, match="limit"):
        Anomalies(rule)


NUMBERS = st.lists(st.floats(-1e4, 1e4), min_size=8, max_size=60)


@given(NUMBERS)
def test_a_z_score_is_measured_by_the_window_before_the_value(numbers):
    anomalies = Anomalies(AnomalyRule("zscore", 2.0, window=10, warm_up=5))
    for place, value in enumerate(numbers):
        found = anomalies.judge("k", value)
        before = numbers[max(0, place - 10) : place]
        deviation = statistics.pstdev(before) if len(before) >= 5 else 0
        if deviation < 1e-3:
            continue
        score = (value - statistics.fmean(before)) / deviation
        if abs(abs(score) - 2.0) > 1e-6:
            assert (found is not None) == (abs(score) > 2.0)
        if found is not None:
            assert found.score == pytest.approx(score, rel=1e-5)


@given(NUMBERS)
def test_the_fences_are_the_quartiles_of_the_window_before_the_value(numbers):
    anomalies = Anomalies(AnomalyRule("iqr", 1.5, window=10, warm_up=5))
    for place, value in enumerate(numbers):
        found = anomalies.judge("k", value)
        before = numbers[max(0, place - 10) : place]
        if len(before) >= 5 and found is not None:
            lower, upper = numpy.quantile(before, [0.25, 0.75])
            assert found.low == pytest.approx(lower - 1.5 * (upper - lower), abs=1e-6)
            assert found.high == pytest.approx(upper + 1.5 * (upper - lower), abs=1e-6)
            assert not found.low <= value <= found.high


@pytest.mark.parametrize("method", METHODS)
@given(numbers=NUMBERS)
def test_a_restart_changes_no_verdict(method, numbers):
    rule = AnomalyRule(method, 2.0, window=10, warm_up=5)
    anomalies, steady = Anomalies(rule), Anomalies(rule)
    for value in numbers:
        assert anomalies.judge("k", value) == steady.judge("k", value)
        again = Anomalies(rule)
        again.restore(json.loads(json.dumps(anomalies.snapshot())))
        anomalies = again
