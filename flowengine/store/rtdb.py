"""The RTDB: the latest value of every point, in RAM. Files and nodes are elsewhere."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

FRESH = "good"
"""Quality of a value that its source vouched for; others are free text such as `uncertain`."""

SETPOINT = "setpoint"
"""Kind of a point that people set: it holds until somebody sets another one, however old it is."""

KEPT = "kept"
"""Kind of a point that a broker had kept and that has no time of its own: nobody knows since when it holds."""


class Point(msgspec.Struct, frozen=True, gc=False):
    """A value with where it stands in time: `time_ns` by its source, `stored_ns` by this engine (UTC)."""

    value: Any
    time_ns: int = 0
    stored_ns: int = 0
    unit: str = ""
    quality: str = FRESH
    kind: str = ""

    def is_older(self, than_s: float, now_ns: int) -> bool:
        """Whether its own time lies further back, or nobody knows it; a set-point never counts as old."""
        return self.kind == KEPT or (self.kind != SETPOINT and now_ns - self.time_ns > than_s * 1e9)


Watcher = Callable[[dict[str, Point]], None]


class Rtdb:
    """Latest values by key; at most `max_keys`, beyond which new keys are refused and counted.

    A value older by its own time than the stored one does not replace it, and neither does one
    that lies more than `future_s` ahead of the arrival clock: it could mask all later ones, as
    those would that were stored before the clock was set back, so that these are replaced.
    """

    def __init__(self, max_keys: int = 1_000_000, future_s: float = 60.0):
        self._points: dict[str, Point] = {}
        self._watchers: list[Watcher] = []
        self._changed: dict[str, Point] = {}
        self.max_keys = max_keys
        self.future_ns = int(future_s * 1e9)
        self.refused = {"full": 0, "older": 0, "future": 0}

    def __len__(self) -> int:
        return len(self._points)

    def __iter__(self) -> Iterator[str]:
        return iter(self._points)

    def get(self, key: str) -> Point | None:
        """The point, or None."""
        return self._points.get(key)

    def items(self) -> Iterable[tuple[str, Point]]:
        """All points with their keys."""
        return self._points.items()

    def put(self, points: Iterable[tuple[str, Point]]) -> int:
        """Store points; the number that was taken. Watchers see those."""
        stored, changed, refused, limit, future_ns = (
            self._points, self._changed, self.refused, self.max_keys, self.future_ns
        )  # fmt: skip
        taken: dict[str, Point] = {}
        for key, point in points:
            time_ns, old = point.time_ns, stored.get(key)
            if old is None:
                if len(stored) >= limit:
                    refused["full"] += 1
                    continue
            elif time_ns < old.time_ns <= point.stored_ns + future_ns:
                refused["older"] += 1
                continue
            if time_ns > point.stored_ns + future_ns:
                refused["future"] += 1
                continue
            stored[key] = changed[key] = taken[key] = point
        for watcher in tuple(self._watchers):
            watcher(taken)
        return len(taken)

    def delete(self, keys: Iterable[str]) -> int:
        """Forget points; the number that was there."""
        gone = [key for key in keys if self._points.pop(key, None) is not None]
        for key in gone:
            self._changed[key] = GONE
        return len(gone)

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call `watcher` with each set of changed points, until the returned function is called."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def take_changes(self) -> dict[str, Point]:
        """Points changed since the last call (`GONE` for deleted ones), for the journal."""
        changed, self._changed = self._changed, {}
        return changed

    def load(self, points: dict[str, Point]) -> None:
        """Put back what an earlier run stored, without telling watchers or the journal."""
        self._points.update(points)


GONE = Point(None, quality="gone")
"""Stands for a deleted point among changes."""
