"""Times in expressions: parts of the calendar in a zone, and text."""

from typing import Any

import pytest

from flowengine.expression import ExpressionError, compile_expression
from flowengine.message import Message

AT = Message({"t": "2026-03-29T01:30:00Z", "d": "29.03.2026 03:30"}, time_ns=1_774_747_800_000_000_000)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("hour(time)", 1),
        ("hour(time, 'Europe/Berlin')", 3),
        ("minute(time)", 30),
        ("weekday(time)", "sun"),
        ("date(time - 7200)", "2026-03-28"),
        ("format_time(time, '%d.%m.%Y %H:%M', 'Asia/Tokyo')", "29.03.2026 10:30"),
        ("parse_time(payload.t) == time", True),
        ("parse_time(payload.d, '%d.%m.%Y %H:%M', 'Europe/Berlin') == time", True),
        ("parse_time('2026-03-29T03:30:00+02:00') == time", True),
        ("hour(0)", 0),
    ],
)
def test_times_are_taken_apart_and_written(text: str, value: Any) -> None:
    assert compile_expression(text)(AT) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hour('now')", "takes a time in seconds"),
        ("hour(time, 'Mars/Olympus')", "no such time zone"),
        ("hour(time, 5)", "the name of a zone"),
        ("hour(time * 1000)", "outside the years 1970 to 9999"),
        ("hour(true)", "takes a time in seconds"),
        ("parse_time('noon')", "no such time"),
        ("parse_time(5)", "works on text"),
        ("format_time(time, '%c')", "takes a format"),
    ],
)
def test_what_is_no_time_is_said(text: str, words: str) -> None:
    with pytest.raises(ExpressionError, match=words):
        compile_expression(text)(AT)


def test_a_zone_name_cannot_leave_the_database_of_zones() -> None:
    with pytest.raises(ExpressionError, match="no such time zone"):
        compile_expression("hour(time, '../../etc/passwd')")(AT)
