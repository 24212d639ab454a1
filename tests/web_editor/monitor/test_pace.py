"""What is regular becomes late; what comes when it comes never does. Times are made up, nothing waits."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from web_editor.monitor.pace import LATE_TIMES, LEARNED, SOONEST_S, Pace


def _written(gaps_s: list[float]) -> tuple[Pace, float]:
    pace, now_s = Pace(0.0), 0.0
    for gap_s in gaps_s:
        now_s += gap_s
        pace.add(now_s)
    return pace, now_s


@settings(deadline=None)
@given(st.floats(0.1, 3600.0))
def test_a_regular_point_is_stale_after_three_intervals_once_it_came_twenty_times(every_s: float) -> None:
    assert _written([every_s] * (LEARNED - 2))[0].stale_after_s() is None
    limit_s = _written([every_s] * (LEARNED - 1))[0].stale_after_s()
    assert limit_s is not None
    assert abs(limit_s - max(SOONEST_S, LATE_TIMES * every_s)) < 1e-6 * every_s + 1e-9


def test_a_little_jitter_and_a_lost_message_are_still_regular() -> None:
    chance = random.Random(1)
    gaps_s = [60 * chance.uniform(0.8, 1.2) * (2 if n % 15 == 14 else 1) for n in range(60)]
    limit_s = _written(gaps_s)[0].stale_after_s()
    assert limit_s is not None and 150 < limit_s < 260


def test_a_door_contact_never_ages_by_itself() -> None:
    chance = random.Random(2)
    assert _written([chance.expovariate(1 / 300) for _ in range(200)])[0].stale_after_s() is None


def test_what_the_flow_says_counts_from_the_first_value_on() -> None:
    assert Pace(0.0).stale_after_s(30.0) == 30.0
    assert _written([1.0] * 50)[0].stale_after_s(120.0) == 120.0


def test_an_outage_changes_no_rhythm_and_a_new_rhythm_is_learned() -> None:
    after_outage, _ = _written([10.0] * 30 + [4000.0] + [10.0] * 2)
    assert after_outage.stale_after_s() == 30.0
    slower, _ = _written([10.0] * 30 + [600.0] * 40)
    assert slower.stale_after_s() == 1800.0
    faster, _ = _written([600.0] * 30 + [20.0] * 80)
    limit_s = faster.stale_after_s()
    assert limit_s is not None and limit_s < 70
