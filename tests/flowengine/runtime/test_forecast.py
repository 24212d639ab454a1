"""A queue is forecast to be full only from a trend."""

from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine.runtime.forecast import SEEN_S, full_in_s


def _steady(per_s: float, for_s: float, start: int = 0) -> list[tuple[float, int]]:
    return [(float(second), start + round(second * per_s)) for second in range(round(for_s) + 1)]


def test_steady_growth_is_carried_on() -> None:
    assert full_in_s(_steady(10, 20), limit=1200) == 100.0


def test_a_short_look_a_single_burst_and_a_queue_that_drains_are_no_trend() -> None:
    assert full_in_s(_steady(10, SEEN_S - 1), 16_384) is None
    assert full_in_s([(float(second), 72 if second > 5 else 0) for second in range(21)], 16_384) is None
    assert full_in_s(_steady(-10, 20, start=500), 16_384) is None


def test_a_full_queue_needs_no_forecast() -> None:
    assert full_in_s(_steady(10, 20), limit=200) is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 10**6)), max_size=30), st.integers(1, 10**6))
def test_whatever_was_seen_a_forecast_is_positive(seen: list[tuple[float, int]], limit: int) -> None:
    found = full_in_s(sorted(seen), limit)
    assert found is None or found > 0
