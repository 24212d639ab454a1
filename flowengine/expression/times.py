"""The functions of expressions for points in time: parts of the calendar in a zone, and times as text.

A point in time is a number of seconds since 1970 (UTC), as `time` is. Pure: no function reads a clock.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flowengine.expression.values import kind

MAX_SECONDS = 253_402_300_799
"""The last second of the year 9999."""

FORMAT = re.compile(r"(?:%[YmdHMSfjyGVuaAbBpIz%]|[^%])*")
MAX_FORMAT = 64
MAX_TEXT = 128
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def hour(at: Any, zone: Any = "UTC") -> int:
    """The hour of a time, 0 to 23."""
    return _local("hour", at, zone).hour


def minute(at: Any, zone: Any = "UTC") -> int:
    """The minute of a time, 0 to 59."""
    return _local("minute", at, zone).minute


def weekday(at: Any, zone: Any = "UTC") -> str:
    """The day of the week of a time: mon, tue, wed, thu, fri, sat or sun."""
    return WEEKDAYS[_local("weekday", at, zone).weekday()]


def date(at: Any, zone: Any = "UTC") -> str:
    """The date of a time, such as 2026-01-31."""
    return _local("date", at, zone).strftime("%Y-%m-%d").rjust(10, "0")


def format_time(at: Any, form: Any, zone: Any = "UTC") -> str:
    """A time as text by a format such as %Y-%m-%d %H:%M."""
    return _local("format_time", at, zone).strftime(_format("format_time", form))


def parse_time(written: Any, form: Any = None, zone: Any = "UTC") -> float:
    """The time that a text means, in seconds: RFC 3339, or by a format; one that names no zone is in `zone`."""
    if not isinstance(written, str) or len(written) > MAX_TEXT:
        raise TypeError(f"parse_time works on text of at most {MAX_TEXT} characters, not {kind(written)}")
    try:
        if form is None:
            found = datetime.fromisoformat(written.strip())
        else:
            found = datetime.strptime(written.strip(), _format("parse_time", form))  # noqa: DTZ007 - the zone follows
    except ValueError:
        raise ValueError("parse_time: this text is no such time") from None
    return (found if found.tzinfo is not None else found.replace(tzinfo=_zone("parse_time", zone))).timestamp()


def _local(function: str, at: Any, zone: Any) -> datetime:
    if type(at) not in (int, float) or not math.isfinite(at):
        raise TypeError(f"{function} takes a time in seconds since 1970, not {kind(at)}")
    if not 0 <= at <= MAX_SECONDS:
        raise ValueError(f"{function}: a time outside the years 1970 to 9999; times are seconds since 1970")
    return datetime.fromtimestamp(at, _zone(function, zone))


def _zone(function: str, name: Any) -> tzinfo:
    if name == "UTC":
        return UTC
    if not isinstance(name, str):
        raise TypeError(f"{function} takes the name of a zone, such as Europe/Paris, not {kind(name)}")
    try:
        return _named(name)
    except (ValueError, LookupError, OSError):
        raise ValueError(f"{function}: there is no such time zone; write for example Europe/Paris") from None


@lru_cache(64)
def _named(name: str) -> ZoneInfo:
    return ZoneInfo(name[:64])


def _format(function: str, form: Any) -> str:
    if not isinstance(form, str) or len(form) > MAX_FORMAT or not FORMAT.fullmatch(form):
        raise ValueError(f"{function} takes a format such as %Y-%m-%d %H:%M")
    return form


TIMES: dict[str, Callable[..., Any]] = {
    "date": date, "format_time": format_time, "hour": hour, "minute": minute, "parse_time": parse_time,
    "weekday": weekday,
}  # fmt: skip
