"""Pace: the rate, how it falls with what waits, and that a pause is not followed by a flood."""

from __future__ import annotations

from flowengine.runtime.pace import Pace

SLOWER = {10_000: 2.0, 100_000: 5.0}


def gone(pace: Pace, waiting: int, seconds: float, step_s: float = 0.01) -> int:
    """How many of `waiting` records go in that time."""
    left, now_s = waiting, 0.0
    while now_s < seconds:
        allowed = min(pace.allowance(left, now_s), left)
        pace.take(allowed)
        left -= allowed
        now_s += step_s
    return waiting - left


def test_five_hundred_go_at_once_and_then_five_hundred_a_second() -> None:
    assert gone(Pace(500, {}, 0.0), 9_000, 10) in range(5_450, 5_501)


def test_above_ten_thousand_half_and_above_a_hundred_thousand_a_fifth() -> None:
    pace = Pace(500, SLOWER, 0.0)
    assert [pace.rate_at(n) for n in (10_000, 10_001, 100_000, 100_001)] == [500, 250, 250, 100]
    assert gone(pace, 200_000, 10) in range(1_050, 1_101)


def test_a_pause_is_not_followed_by_a_flood() -> None:
    pace = Pace(10, {}, 0.0)
    pace.take(pace.allowance(5, 0.0))
    assert pace.wait_s(5) == 0.1
    assert pace.allowance(5, 1_000.0) == 10
