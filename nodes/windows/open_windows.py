"""Windows side by side in the order of their times. Never here: when they open and close, what they give.

A device can open as many as there may be by the times it sends, so nothing done for one value looks at all of them.
"""

from bisect import bisect_left, bisect_right
from heapq import heappop, heappush

from nodes.windows.course import Course
from nodes.windows.values import Values


class Window:
    """`told` is how many values it had when it was last given, 0 for never, negative for before it had any."""

    __slots__ = ("course", "end_ns", "start_ns", "told", "values")

    def __init__(self, start_ns: int, end_ns: int, values: Values, told: int = 0, course: Course | None = None):
        self.start_ns, self.end_ns, self.values, self.told, self.course = start_ns, end_ns, values, told, course

    def add(self, value: float, at_ns: int, rollover: float | None) -> None:
        """Take one in."""
        self.values.add(value, at_ns)
        if self.course is not None:
            self.course.add(value, at_ns, rollover)

    @property
    def has_news(self) -> bool:
        """Whether it has values that were not given."""
        return self.told != self.values.count


class OpenWindows:
    """`all` is in the order of their beginnings, and so of their ends. Say `news` before a window gets a value."""

    __slots__ = ("_news", "all")

    def __init__(self) -> None:
        self.all: list[Window] = []
        # End and beginning of all that have news, as a heap; of others too, until they come to the top.
        self._news: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self.all)

    def restore(self, windows: list[Window]) -> None:
        """Take over windows in any order."""
        self.all = sorted(windows, key=_start_ns)
        self._news = sorted((window.end_ns, window.start_ns) for window in windows if window.has_news)

    def ended(self, until_ns: int) -> int:
        """How many of the first end by then."""
        return bisect_right(self.all, until_ns, key=_end_ns)

    def begun(self, until_ns: int) -> int:
        """How many of the first begin before then."""
        return bisect_left(self.all, until_ns, key=_start_ns)

    def find(self, start_ns: int) -> Window | None:
        """The one that begins then."""
        at = self.begun(start_ns)
        found = self.all[at] if at < len(self.all) else None
        return found if found is not None and found.start_ns == start_ns else None

    def insert(self, window: Window) -> None:
        """Put it among the others."""
        self.all.insert(self.begun(window.start_ns), window)

    def news(self, start_ns: int, end_ns: int) -> None:
        """A window of these times has, or will have, values that were not given."""
        if not self._is_news(end_ns, start_ns):
            heappush(self._news, (end_ns, start_ns))

    def first_news_ns(self) -> int | None:
        """When the first ends that has values that were not given."""
        while self._news and not self._is_news(*self._news[0]):
            heappop(self._news)
        return self._news[0][0] if self._news else None

    def _is_news(self, end_ns: int, start_ns: int) -> bool:
        found = self.find(start_ns)
        return found is not None and found.end_ns == end_ns and found.has_news


def _start_ns(window: Window) -> int:
    return window.start_ns


def _end_ns(window: Window) -> int:
    return window.end_ns
