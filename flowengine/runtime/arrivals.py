"""The arrival times of one source: at least a microsecond apart, and otherwise the clock's."""

from __future__ import annotations

from collections.abc import Callable

from flowengine.parts import STEP_NS

MOST_ROOM_NS = 1_000_000_000
"""Room for parts is left as long as it leads no further ahead of the clock."""

SET_BACK_NS = 2_000_000_000
"""A clock that is so far behind the last arrival was set back, and is followed."""


class ArrivalTimes:
    """Gives arrival times (UTC, nanoseconds). A burst runs ahead of the clock by a microsecond a message.

    Time-series databases keep one point an instant, so messages of one read must differ. When the clock was set back
    by more than two seconds it is followed; by less, times go on by microseconds until it has caught up.
    """

    __slots__ = ("_next_ns", "_time_ns")

    def __init__(self, time_ns: Callable[[], int]):
        self._time_ns = time_ns
        self._next_ns = 0

    def follow(self, earlier: ArrivalTimes) -> None:
        """Go on behind another, whose place this one takes."""
        self._next_ns = max(self._next_ns, earlier._next_ns)

    def take(self, count: int) -> range:
        """The times of so many messages that arrived together."""
        first_ns = self._first_ns()
        self._next_ns = first_ns + count * STEP_NS
        return range(first_ns, self._next_ns, STEP_NS)

    def with_room(self, room_us: int) -> int:
        """The time of one message, whose parts can take so many microseconds behind it."""
        now_ns = self._time_ns()
        first_ns = self._first_ns(now_ns)
        wanted_ns = min(first_ns + room_us * STEP_NS, now_ns + MOST_ROOM_NS)
        self._next_ns = max(wanted_ns, first_ns) + STEP_NS
        return first_ns

    def _first_ns(self, now_ns: int | None = None) -> int:
        if now_ns is None:
            now_ns = self._time_ns()
        ahead_ns = self._next_ns - now_ns
        return self._next_ns if 0 < ahead_ns <= SET_BACK_NS else now_ns
