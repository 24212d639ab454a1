"""nodes/windows/values.py against statistics and numpy."""

import json
import statistics

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.windows.values import AGGREGATES, Values

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)


def gathered(numbers, most=1000, start_ns=0):
    values = Values(most)
    for at_ns, number in enumerate(numbers, start_ns):
        values.add(number, at_ns * 1_000_000_000)
    return values


def check(figures, numbers):
    wanted = {
        "count": len(numbers),
        "sum": sum(numbers),
        "mean": statistics.fmean(numbers),
        "min": min(numbers),
        "max": max(numbers),
        "first": numbers[0],
        "last": numbers[-1],
        "stddev": statistics.pstdev(numbers),
        **{name: numpy.quantile(numbers, q) for name, q in zip(QUANTILES, (0.5, 0.5, 0.95, 0.99), strict=True)},
        "delta": numbers[-1] - numbers[0],
        "range": max(numbers) - min(numbers),
    }
    rate = figures.pop("rate")
    if len(numbers) == 1:
        assert rate is None
    else:
        assert rate == pytest.approx((numbers[-1] - numbers[0]) / (len(numbers) - 1))
    assert figures == pytest.approx(wanted, rel=1e-9, abs=1e-3)


QUANTILES = ("median", "p50", "p95", "p99")


@given(NUMBERS)
def test_every_aggregate_is_what_its_name_says(numbers):
    check(gathered(numbers).figures(AGGREGATES), numbers)


@given(NUMBERS, NUMBERS)
def test_merged_values_know_what_all_of_them_know(before, after):
    values = gathered(before)
    values.merge(gathered(after, start_ns=len(before)))
    check(values.figures(AGGREGATES), before + after)
    state = json.loads(json.dumps(values.to_json()))
    assert Values.from_json(state, 1000).figures(AGGREGATES) == values.figures(AGGREGATES)


def test_no_values_give_no_figures():
    figures = Values(10).figures(AGGREGATES)
    assert figures.pop("count") == 0 and figures.pop("sum") == 0.0
    assert set(figures.values()) == {None}


def test_quantiles_of_very_many_values_stay_close_in_bounded_memory():
    values = gathered([float(number * 7919 % 100_003) for number in range(100_003)], most=1000)
    assert len(values.kept) <= 1000
    assert values.figures(["median"])["median"] == pytest.approx(50_000, rel=0.05)
