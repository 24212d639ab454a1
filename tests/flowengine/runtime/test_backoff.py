"""Pauses before another try double, end at a bound and never fall together."""

import random

from hypothesis import given
from hypothesis import strategies as st

from flowengine.runtime.backoff import FIRST_S, MOST_S, backoff_s


@given(st.integers(0, 10**6), st.integers())
def test_a_pause_is_never_nothing_and_never_above_the_bound(attempt: int, seed: int) -> None:
    assert FIRST_S / 2 <= backoff_s(attempt, random.Random(seed)) <= MOST_S


def test_pauses_double_until_the_bound() -> None:
    steady = random.Random(0)
    steady.uniform = lambda low, high: high  # type: ignore[method-assign]
    assert [backoff_s(attempt, steady) for attempt in range(8)] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0]


def test_two_clients_do_not_come_back_together() -> None:
    assert len({backoff_s(5, random.Random(seed)) for seed in range(20)}) == 20
