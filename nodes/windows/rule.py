"""What windows are asked for and what they give. Never here: values, keys, progress."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from nodes.windows.course import COURSES, Course
from nodes.windows.values import AGGREGATES

QUANTILES = {"median", "p50", "p95", "p99"}
LEVELS = {"mean", "min", "max", "first", "last", *QUANTILES}
_COURSES = frozenset(COURSES)
_MOST_OVERLAP = 1000
_DAY_NS = 86_400_000_000_000


class Result(NamedTuple):
    """The aggregates of one window. `again`: it was given before, and more of its values came."""

    key: str
    start_ns: int
    end_ns: int
    figures: dict[str, float | int | None]
    about: Any
    again: bool


@dataclass(frozen=True, slots=True)
class WindowRule:
    """size_ns: length of a window, for `session` the gap that ends it; slide_ns: from one sliding window to the next

    lateness_ns: how far a key's progress stays behind its newest time; a value for a window behind it is counted late
    ahead_ns: a time further beyond now is refused, so that one wrong moment cannot close a key's windows
    empty: windows of a known key without values are left out (`skip`), given with nulls (`null`) or with the last value
    (`last`), at most `most_empty` in a row; tumbling only
    max_windows: open windows in all; beyond it the key that was silent longest goes; max_values: kept for quantiles
    most_silent_ns: a key that is silent for longer is forgotten
    calendar: beginning and end of the window that a time lies in, where windows are not all equally long
    rollover: where a counter begins again at 0; without it a fall is a counter that was set back to 0
    """

    size_ns: int
    kind: Literal["tumbling", "sliding", "session"] = "tumbling"
    slide_ns: int = 0
    lateness_ns: int = 0
    ahead_ns: int | None = None
    aggregates: tuple[str, ...] = ("count", "mean", "min", "max")
    empty: Literal["skip", "null", "last"] = "skip"
    most_empty: int = 1000
    max_windows: int = 100_000
    max_values: int = 10_000
    most_silent_ns: int = 28 * _DAY_NS
    calendar: Callable[[int], tuple[int, int]] | None = None
    rollover: float | None = None

    @property
    def courses(self) -> bool:
        """Whether the order of values matters, and what stood before a window."""
        return not _COURSES.isdisjoint(self.aggregates)

    @property
    def step_ns(self) -> int:
        """From one window's beginning to the next."""
        return self.slide_ns if self.kind == "sliding" else self.size_ns

    @property
    def kept(self) -> int:
        """Values kept of each window."""
        return self.max_values if QUANTILES & set(self.aggregates) else 0

    def new_course(self) -> Course | None:
        """What a new window keeps of the order of its values."""
        return Course(self.max_values) if self.courses else None

    def beginning_ns(self, at_ns: int) -> int:
        """Where the last window begins that a time lies in."""
        return self.calendar(at_ns)[0] if self.calendar else at_ns - at_ns % self.step_ns

    def end_ns(self, start_ns: int) -> int:
        """Where a window ends."""
        return self.calendar(start_ns)[1] if self.calendar else start_ns + self.size_ns

    def spans(self, at_ns: int) -> Sequence[tuple[int, int]]:
        """The windows that a time lies in, the last one first."""
        size_ns = self.size_ns
        if self.kind == "tumbling":
            start_ns = self.beginning_ns(at_ns)
            return ((start_ns, self.end_ns(start_ns)),)
        if self.kind == "session":
            return ((at_ns, at_ns + size_ns),)
        last_ns = at_ns - at_ns % self.slide_ns
        return [(start_ns, start_ns + size_ns) for start_ns in range(last_ns, at_ns - size_ns, -self.slide_ns)]

    def check(self) -> None:
        """Raises ValueError for a rule that makes no sense."""
        unknown = set(self.aggregates) - {*AGGREGATES, *COURSES}
        if unknown:
            raise ValueError(f"unknown aggregate {min(unknown)!r}; there are {', '.join((*AGGREGATES, *COURSES))}")
        if self.size_ns <= 0 or self.step_ns <= 0:
            raise ValueError("a window needs a positive size, a sliding one a positive slide too")
        if self.size_ns > self.step_ns * _MOST_OVERLAP:
            raise ValueError(f"a value would be in more than {_MOST_OVERLAP} windows at once")
        if self.empty != "skip" and self.kind != "tumbling":
            raise ValueError("only tumbling windows can be given while empty")
        if self.calendar and self.kind != "tumbling":
            raise ValueError("windows of the calendar stand side by side")
        if self.courses and self.kind != "tumbling":
            raise ValueError(f"{', '.join(COURSES)} need windows side by side")
