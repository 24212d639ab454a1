"""Weekly schedules: what holds now, and when that changes. The clock is an argument."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")
_WEEK = 7
MINUTES = 24 * 60


class BadWeek(ValueError):
    """Not a weekly schedule."""


class Weekly:
    """Spans of a week in which something holds, by the wall clock of a zone.

    Days are `mon`, `mon-fri`, `sat,sun` or `daily`; spans `06:00-22:00`, over midnight `22:00-06:00`.
    """

    def __init__(self, week: Mapping[str, str | Sequence[str]], zone: str = "UTC") -> None:
        """Raises BadWeek."""
        self._zone = ZoneInfo(zone)
        self._spans: list[list[tuple[int, int]]] = [[] for _ in DAYS]
        for days, spans in week.items():
            for day in _days(days):
                self._spans[day] += [_span(span) for span in ([spans] if isinstance(spans, str) else spans)]

    def holds(self, time_ns: int) -> bool:
        """Whether the time lies in a span."""
        local = datetime.fromtimestamp(time_ns // 10**9, self._zone)
        minute = local.hour * 60 + local.minute
        today, before = self._spans[local.weekday()], self._spans[(local.weekday() - 1) % _WEEK]
        return any(start <= minute < end for start, end in today) or any(minute < end - MINUTES for _, end in before)

    def next_change(self, time_ns: int) -> int | None:
        """The first minute after `time_ns` (UTC epoch nanoseconds) at which it is otherwise; None for never."""
        now = self.holds(time_ns)
        start = datetime.fromtimestamp(time_ns // 10**9, self._zone).replace(hour=0, minute=0, second=0)
        edges = sorted(
            self._edge(start + timedelta(days=day), minute) for day in range(-1, 9) for minute in self._minutes()
        )
        return next((edge for edge in edges if edge > time_ns and self.holds(edge) != now), None)

    def _minutes(self) -> set[int]:
        return {minute % MINUTES for spans in self._spans for span in spans for minute in span}

    def _edge(self, day: datetime, minute: int) -> int:
        local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=self._zone)
        return int(local.astimezone(UTC).timestamp()) * 10**9


def _days(words: str) -> list[int]:
    if words.strip().lower() == "daily":
        return [*range(_WEEK)]
    found: list[int] = []
    for word in words.lower().replace(" ", "").split(","):
        first, _, last = word.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise BadWeek(f"{words!r} names no days; write mon, mon-fri, sat,sun or daily")
        start, end = DAYS.index(first), DAYS.index(last or first)
        found += [day % _WEEK for day in range(start, end + 1 if end >= start else end + 1 + _WEEK)]
    return found


def _span(text: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(text.replace(" ", ""))
    if match is None:
        raise BadWeek(f"{text!r} is no span; write for example 06:00-22:00 or 22:00-06:00")
    start = int(match[1]) * 60 + int(match[2])
    end = MINUTES if match[3] is None else int(match[3]) * 60 + int(match[4])
    return start, end if end > start else end + MINUTES
