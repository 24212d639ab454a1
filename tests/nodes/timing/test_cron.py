"""Cron: the calendar, the two nights on which clocks change, and agreement with a second implementation."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from croniter import croniter
from hypothesis import given
from hypothesis import strategies as st

from nodes.timing.cron import NANOSECONDS, NICKNAMES, BadCron, Cron, CronEdges


def ns(text):
    since = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(microseconds=1) * 1000


def runs(cron, start, count):
    now_ns, found = ns(start), []
    for _ in range(count):
        now_ns = cron.next_after(now_ns)
        found.append(datetime.fromtimestamp(now_ns // NANOSECONDS, UTC).astimezone(cron.zone).isoformat())
    return found


def paris(*times):
    return [f"{time[:-3]}:00{time[-3:]}:00" for time in times]


SPRING = "2025-03-30T00:10:00+01:00"  # 02:00 becomes 03:00
AUTUMN = "2025-10-26T01:50:00+02:00"  # 03:00 becomes 02:00


@pytest.mark.parametrize(
    ("expression", "start", "expected"),
    [
        # a fixed time that does not exist happens at the change
        ("30 2 * * *", SPRING, ["2025-03-30T03:00+02", "2025-03-31T02:30+02"]),
        ("30 3 * * *", SPRING, ["2025-03-30T03:30+02", "2025-03-31T03:30+02"]),
        # a fixed time that comes twice happens once
        ("30 2 * * *", AUTUMN, ["2025-10-26T02:30+02", "2025-10-27T02:30+01"]),
        ("0 3 * * *", AUTUMN, ["2025-10-26T03:00+01", "2025-10-27T03:00+01"]),
        # every half hour is every half hour of real time
        ("*/30 1-3 * * *", SPRING, ["2025-03-30T01:00+01", "2025-03-30T01:30+01", "2025-03-30T03:00+02"]),
        ("*/30 * * * *", "2025-03-30T01:30:00+01:00", ["2025-03-30T03:00+02", "2025-03-30T03:30+02"]),
        (
            "*/30 * * * *",
            AUTUMN,
            ["2025-10-26T02:00+02", "2025-10-26T02:30+02", "2025-10-26T02:00+01", "2025-10-26T02:30+01"],
        ),
        ("15 * * * *", AUTUMN, ["2025-10-26T02:15+02", "2025-10-26T02:15+01", "2025-10-26T03:15+01"]),
        ("@daily", SPRING, ["2025-03-31T00:00+02", "2025-04-01T00:00+02"]),
    ],
)
def test_runs_where_clocks_change(expression, start, expected):
    assert runs(Cron(expression, "Europe/Paris"), start, len(expected)) == paris(*expected)


@pytest.mark.parametrize("second", ["0", "20"])
def test_seconds_keep_the_rules_of_the_change(second):
    cron = Cron(f"{second} 30 2 * * *", "Europe/Paris")
    seconds = f":{int(second):02d}"
    assert runs(cron, SPRING, 1) == [f"2025-03-30T03:00{seconds}+02:00"]
    assert runs(cron, AUTUMN, 2) == [f"2025-10-26T02:30{seconds}+02:00", f"2025-10-27T02:30{seconds}+01:00"]


def test_asked_in_the_second_passing_of_the_doubled_hour_it_answers_the_next_day():
    cron = Cron("30 2 * * *", "Europe/Paris")
    for now in ("2025-10-26T02:10:00+01:00", "2025-10-26T02:30:00+01:00", "2025-10-26T02:30:00+02:00"):
        assert runs(cron, now, 1) == ["2025-10-27T02:30:00+01:00"]


def test_seconds_stand_before_the_minute():
    assert runs(Cron("*/20 5 * * * *"), "2025-01-01T00:05:10+00:00", 4) == [
        "2025-01-01T00:05:20+00:00",
        "2025-01-01T00:05:40+00:00",
        "2025-01-01T01:05:00+00:00",
        "2025-01-01T01:05:20+00:00",
    ]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("@yearly", "2026-01-01T00:00"),
        ("@MONTHLY", "2025-02-01T00:00"),
        ("@weekly", "2025-01-19T00:00"),
        ("@midnight", "2025-01-16T00:00"),
        (" @hourly ", "2025-01-15T13:00"),
        ("@minutely", "2025-01-15T12:31"),
        ("0 3 * * MON-FRI", "2025-01-16T03:00"),
        ("0 3 L * *", "2025-01-31T03:00"),
        ("0 3 * * FRI#2", "2025-02-14T03:00"),
        ("0 0 29 2 *", "2028-02-29T00:00"),
        ("0 0 13 * FRI", "2025-01-17T00:00"),
        ("59 23 31 12 *", "2025-12-31T23:59"),
    ],
)
def test_the_next_run_after_a_wednesday_noon(expression, expected):
    assert runs(Cron(expression), "2025-01-15T12:30:00+00:00", 1) == [f"{expected}:00+00:00"]


def test_a_run_is_after_now_even_by_a_nanosecond():
    cron, noon = Cron("0 12 * * *"), ns("2025-01-15T12:00:00+00:00")
    assert cron.next_after(noon - 1) == noon
    assert cron.next_after(noon) == noon + 86_400 * NANOSECONDS
    assert cron.next_after(noon + 1) == noon + 86_400 * NANOSECONDS


def test_a_zone_with_half_an_hour_and_one_without_change():
    assert runs(Cron("0 9 * * *", "Asia/Kolkata"), "2025-03-30T00:00:00+00:00", 1) == ["2025-03-30T09:00:00+05:30"]
    lord_howe = Cron("0 2 * * *", "Australia/Lord_Howe")  # its clocks change by half an hour, here from 02:00 to 02:30
    assert runs(lord_howe, "2025-10-04T12:00:00+00:00", 1) == ["2025-10-05T02:30:00+11:00"]


def test_a_change_by_half_an_hour_passes_no_run_over():
    cron = Cron("* 0,2 * * *", "Australia/Lord_Howe")  # 02:00 becomes 01:30
    assert runs(cron, "2027-04-04T00:58:00+11:00", 3) == [
        "2027-04-04T00:59:00+11:00",
        "2027-04-04T02:00:00+10:30",
        "2027-04-04T02:01:00+10:30",
    ]
    assert runs(cron, "2027-04-04T00:59:00+11:00", 1) == ["2027-04-04T02:00:00+10:30"]
    assert runs(Cron("* 0 * * *", "Australia/Lord_Howe"), "2027-04-04T00:59:00+11:00", 1) == [
        "2027-04-05T00:00:00+10:30"
    ]


@pytest.mark.parametrize(
    "expression",
    ["", "* * * *", "* * * * * * *", "60 * * * *", "* 24 * * *", "x * * * *", "0 0 30 2 *", "61 * * * * *", "@noon"],
)
def test_a_wrong_expression_is_refused_at_once(expression):
    with pytest.raises(BadCron):
        Cron(expression)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("0 6 32 * *", "'32' is no day of the month (1 to 31"),
        ("0 25 * * *", "'25' is no hour (0 to 23)"),
        ("61 * * * * *", "'61' is no second"),
        ("0 0 * * FRY", "'FRY' is no weekday"),
        ("0 0 30 2 *", "never comes"),
    ],
)
def test_a_wrong_field_is_named_with_what_it_may_be(expression, said):
    with pytest.raises(BadCron) as fault:
        Cron(expression)
    assert said in str(fault.value) and "Bad" not in str(fault.value)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "a\0b"])
def test_an_unknown_zone_is_refused(zone):
    with pytest.raises(BadCron, match="no such time zone"):
        Cron("@daily", zone)


minute = st.sampled_from(["*", "*/7", "0", "30", "5,20,50", "10-20/5"])
hour = st.sampled_from(["*", "*/3", "0", "2", "3", "1,2,3", "22-23"])
day = st.sampled_from(["*", "1", "15", "26,30", "*/10"])
expressions = st.tuples(minute, hour, day, st.just("*"), st.sampled_from(["*", "1-5"])).map(" ".join)
instants = st.integers(ns("2020-01-01T00:00:00+00:00"), ns("2030-01-01T00:00:00+00:00"))


@given(expressions, instants)
def test_without_clock_changes_a_second_implementation_agrees(expression, now_ns):
    second = croniter(
        expression,
        datetime.fromtimestamp(now_ns // NANOSECONDS, UTC),
        day_or=not any(field.startswith("*") for field in (expression.split()[2], expression.split()[4])),
    )
    assert Cron(expression).next_after(now_ns) == int(second.get_next(float)) * NANOSECONDS


@given(expressions, st.sampled_from(["UTC", "Europe/Paris", "America/St_Johns", "Australia/Lord_Howe"]), instants)
def test_runs_go_forward_and_nothing_is_passed_over(expression, zone, now_ns):
    cron = Cron(expression, zone)
    following = [now_ns]
    for _ in range(4):
        following.append(cron.next_after(following[-1]))
    for earlier, later in pairwise(following):
        assert later > earlier
        assert cron.next_after((earlier + later) // 2) == later
        assert cron.next_after(later - 1) == later


def test_every_nickname_is_a_schedule():
    assert all(Cron(nickname).next_after(0) > 0 for nickname in NICKNAMES)


def test_the_last_run_is_the_one_before_the_next():
    cron = Cron("30 5 * * mon", "Europe/Paris")
    run_ns = cron.next_after(1_750_000_000 * 10**9)
    for at_ns in (run_ns, run_ns + 1, cron.next_after(run_ns) - 1):
        assert cron.last_until(at_ns) == run_ns
    assert cron.last_until(run_ns - 1) < run_ns


def test_edges_hold_from_the_one_to_the_other():
    edges, hour_ns = CronEdges("0 6 * * *", "0 22 * * *"), 3600 * 10**9
    day_ns = 20_000 * 24 * hour_ns
    assert [edges.holds(day_ns + hour * hour_ns) for hour in (5, 6, 21, 22)] == [False, True, True, False]
    assert edges.next_change(day_ns + 7 * hour_ns) == day_ns + 22 * hour_ns
