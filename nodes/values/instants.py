"""The one rule for a point in time, wherever a node takes one. No clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from nodes.values.normalise import time_ns
from nodes.values.shown import shown

EARLIEST_EPOCH = 1e8
"""Smaller epoch numbers are no times but counts and readings: as seconds they would be before March 1973."""

NANOSECONDS = 10**17
"""From here on a number counts nanoseconds."""


BEYOND_NANOSECONDS = 9_300_000_000_000_000_000
"""From here on a number is no time (September 2264)."""


def instant_ns(value: Any) -> int:
    """Nanoseconds since 1970 (UTC) of an RFC 3339 text, an epoch number or a date and time.

    The unit of a number is told by its size: seconds below 1e11, then milliseconds, microseconds, nanoseconds. A text
    without a zone is in UTC, a date is its midnight. Raises ValueError for all else, also for numbers below 1e8.
    """
    if isinstance(value, datetime):
        moment = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return _exact_ns(moment)
    if isinstance(value, date):
        return _exact_ns(datetime(value.year, value.month, value.day, tzinfo=UTC))
    if type(value) is str and len(value) == 10 and value[4:8:3] == "--":
        value = f"{value}T00:00:00Z"
    found = time_ns(value)
    if found is None or (_is_number(value) and abs(float(value)) < EARLIEST_EPOCH):
        raise ValueError(f"{shown(value)} is no time: RFC 3339 text, or an epoch number of at least 1e8")
    return found


def _exact_ns(moment: datetime) -> int:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1000


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return False
        return True
    return True
