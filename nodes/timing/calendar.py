"""Spans of the calendar: hours, days, weeks, months, years, or from one time of a cron expression to the next."""

from __future__ import annotations

from nodes.timing.cron import Cron

WORDS = {"hour": "0 * * * *", "day": "0 0 * * *", "week": "0 0 * * 1", "month": "0 0 1 * *", "year": "0 0 1 1 *"}
"""Spans by name, with when each begins."""


class Calendar:
    """Spans side by side, by the wall clock of a zone: a day is 23 or 25 hours long where clocks change."""

    def __init__(self, every: str, zone: str = "UTC") -> None:
        """`every` is one of `WORDS` or a cron expression. Raises BadCron."""
        self._cron = Cron(WORDS.get(every, every), zone)
        self._span = (0, 0)

    def __call__(self, at_ns: int) -> tuple[int, int]:
        """Beginning and end of the span that a time lies in, as UTC epoch nanoseconds."""
        start_ns, end_ns = self._span
        if not start_ns <= at_ns < end_ns:
            start_ns = self._cron.last_until(at_ns)
            self._span = (start_ns, self._cron.next_after(at_ns))
        return self._span
