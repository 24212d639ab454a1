"""nodes/timing/calendar.py: days and months as wall clocks have them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.timing.calendar import WORDS, Calendar

PARIS = ZoneInfo("Europe/Paris")


def ns(*local):
    return int(datetime(*local, tzinfo=PARIS).timestamp()) * 10**9


def test_days_are_as_long_as_they_are():
    day = Calendar("day", "Europe/Paris")
    assert day(ns(2025, 6, 1, 12)) == (ns(2025, 6, 1), ns(2025, 6, 2))
    spring, autumn = day(ns(2025, 3, 30, 12)), day(ns(2025, 10, 26, 12))
    assert [(end - start) // 3_600_000_000_000 for start, end in (spring, autumn)] == [23, 25]


def test_months_weeks_and_shifts_begin_by_the_wall_clock():
    assert Calendar("month", "Europe/Paris")(ns(2024, 2, 29, 5)) == (ns(2024, 2, 1), ns(2024, 3, 1))
    assert Calendar("week", "Europe/Paris")(ns(2025, 6, 4)) == (ns(2025, 6, 2), ns(2025, 6, 9))
    shifts = Calendar("0 6,14,22 * * *", "Europe/Paris")
    assert shifts(ns(2025, 6, 4, 3)) == (ns(2025, 6, 3, 22), ns(2025, 6, 4, 6))


@given(st.sampled_from([*WORDS, "30 5 * * *"]), st.sampled_from(["UTC", "Europe/Paris", "Australia/Lord_Howe"]),
       st.integers(0, 2_500_000_000))  # fmt: skip
def test_every_time_lies_in_its_span_and_spans_stand_side_by_side(every, zone, at_s):
    calendar, at_ns = Calendar(every, zone), at_s * 10**9
    start_ns, end_ns = calendar(at_ns)
    assert start_ns <= at_ns < end_ns
    assert calendar(start_ns) == calendar(end_ns - 1) == (start_ns, end_ns)
    assert calendar(end_ns)[0] == end_ns


def test_what_never_comes_is_no_calendar():
    with pytest.raises(ValueError, match="never comes"):
        Calendar("0 0 31 2 *")
