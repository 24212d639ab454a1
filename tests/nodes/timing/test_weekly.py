"""nodes/timing/weekly.py: spans of a week by the wall clock of a zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from nodes.timing.weekly import BadWeek, Weekly

BERLIN = ZoneInfo("Europe/Berlin")
WORK = {"mon-fri": ["06:00-08:30", "16:00-22:00"], "sat,sun": "22:00-02:00"}


def ns(text: str, zone: ZoneInfo = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("at", "holds", "until"),
    [
        ("2026-11-30T05:59:59", False, "2026-11-30T06:00"),  # a Monday
        ("2026-11-30T06:00", True, "2026-11-30T08:30"),
        ("2026-11-30T08:30", False, "2026-11-30T16:00"),
        ("2026-12-04T23:00", False, "2026-12-05T22:00"),  # Friday night to Saturday
        ("2026-12-06T01:59", True, "2026-12-06T02:00"),
        ("2026-12-07T01:00", True, "2026-12-07T02:00"),  # over midnight into Monday
    ],
)
def test_a_week_says_what_holds_and_when_that_changes(at, holds, until):
    week = Weekly(WORK, "Europe/Berlin")
    assert week.holds(ns(at)) is holds
    assert week.next_change(ns(at)) == ns(until)


def test_the_wall_clock_counts_when_clocks_change():
    week = Weekly({"daily": "06:00-22:00"}, "Europe/Berlin")
    before, after = ns("2026-03-28T23:00"), ns("2026-03-29T06:00")
    assert week.next_change(before) == after
    assert after - before == 6 * 3600 * 10**9, "seven hours by the clock, one of them left out"


def test_spans_that_meet_are_one_and_a_whole_week_never_changes():
    assert Weekly({"daily": ["06:00-12:00", "12:00-24:00"]}).next_change(ns("2026-11-30T07:00", ZoneInfo("UTC"))) == ns(
        "2026-12-01T00:00", ZoneInfo("UTC")
    )
    assert Weekly({"daily": "00:00-24:00"}).next_change(0) is None


@pytest.mark.parametrize(
    "week", [{"monday": "06:00-07:00"}, {"mon": "6-7"}, {"mon": "06:00-25:00"}, {"": "06:00-07:00"}]
)
def test_what_is_no_week_is_refused(week):
    with pytest.raises(BadWeek):
        Weekly(week)
