"""A gateway's clock drifts, jumps and may not know the time."""

from datetime import UTC, datetime, timedelta
from random import Random

from nodes.simulator.gateway_clock import GatewayClock, text

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_an_unset_clock_counts_from_the_first_of_january_2025() -> None:
    assert text(GatewayClock(START, is_set=False).now(180.5)) == "2025-01-01T00:03:00.500Z"


def test_a_time_sync_sets_it() -> None:
    clock = GatewayClock(START, is_set=False)
    clock.set(round(START.timestamp() * 1000), uptime_s=100.0)
    assert clock.is_set
    assert clock.now(160.0) == START + timedelta(seconds=60)


def test_it_drifts_by_parts_per_million() -> None:
    clock = GatewayClock(START, is_set=True, drift_ppm=50.0)
    assert clock.now(86_400.0) - START == timedelta(seconds=86_404.32)


def test_it_jumps_by_a_day_by_two_hours_or_to_1970() -> None:
    found = set()
    for seed in range(30):
        clock = GatewayClock(START, is_set=True)
        clock.jump(Random(seed), uptime_s=10.0)
        found.add(clock.now(10.0))
    now = START + timedelta(seconds=10)
    assert found == {now - timedelta(days=1), now + timedelta(hours=2), datetime(1970, 1, 1, tzinfo=UTC)}


def test_an_unset_clock_begins_anew_at_each_boot() -> None:
    assert text(GatewayClock(START, is_set=False, booted_s=500.0).now(502.0)) == "2025-01-01T00:00:02.000Z"
