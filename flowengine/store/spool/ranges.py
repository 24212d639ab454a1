"""A set of sequences kept as disjoint half-open ranges. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator


class Ranges:
    """Disjoint ranges in order; ranges that touch are joined."""

    __slots__ = ("_ends", "_starts")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._starts, self._ends, strict=True)

    def __len__(self) -> int:
        """How many ranges, not how many sequences."""
        return len(self._starts)

    def total(self, start: int = 0, end: int = 1 << 63) -> int:
        """How many sequences between `start` and before `end` are in the set."""
        if start >= end:
            return 0
        low, high = bisect_right(self._ends, start), bisect_left(self._starts, end)
        return sum(
            min(b, end) - max(a, start) for a, b in zip(self._starts[low:high], self._ends[low:high], strict=True)
        )

    def add(self, start: int, end: int) -> int:
        """Add a range; how many sequences were not in the set before."""
        if start >= end:
            return 0
        new = end - start - self.total(start, end)
        low, high = bisect_left(self._ends, start), bisect_right(self._starts, end)
        if low < high:
            start, end = min(start, self._starts[low]), max(end, self._ends[high - 1])
        self._starts[low:high] = [start]
        self._ends[low:high] = [end]
        return new

    def remove(self, start: int, end: int) -> None:
        """Take a range out, whether or not it was in."""
        if start >= end:
            return
        low, high = bisect_right(self._ends, start), bisect_left(self._starts, end)
        kept = [
            (a, b)
            for old_a, old_b in zip(self._starts[low:high], self._ends[low:high], strict=True)
            for a, b in ((old_a, min(old_b, start)), (max(old_a, end), old_b))
            if a < b
        ]
        self._starts[low:high] = [a for a, _ in kept]
        self._ends[low:high] = [b for _, b in kept]

    def covers(self, start: int, end: int) -> bool:
        """Whether every sequence of the range is in the set."""
        return start >= end or self.end_of(start) >= end

    def end_of(self, at: int) -> int:
        """Where the range around `at` ends; `at` itself where it is not in the set."""
        index = bisect_right(self._starts, at) - 1
        return max(at, self._ends[index]) if index >= 0 else at

    def next_start(self, at: int) -> int | None:
        """Where the first range that begins at or after `at` begins."""
        index = bisect_left(self._starts, at)
        return self._starts[index] if index < len(self._starts) else None

    def first(self) -> tuple[int, int] | None:
        """The lowest range."""
        return (self._starts[0], self._ends[0]) if self._starts else None
