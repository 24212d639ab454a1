"""The course of a value through a window: what needs its order, and what stood before it. Never here: windows, keys."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

COURSES = ("increase", "on_time", "integral")
"""Figures that need it."""


class Sample(NamedTuple):
    """A value and its time."""

    at_ns: int
    value: float


class Course:
    """Samples of one window in the order of their times, at most `most`.

    Beyond it the earlier half is added up and let go; a sample that comes for that part later is left out.
    """

    __slots__ = ("_increase", "_integral", "_on_ns", "_samples", "first", "most")

    def __init__(self, most: int) -> None:
        self.most = most
        self.first: Sample | None = None
        self._samples: list[Sample] = []
        self._increase: float = 0
        self._on_ns = 0
        self._integral = 0.0

    def add(self, value: float, at_ns: int, rollover: float | None) -> None:
        """Take one in; of samples at one instant the later given is the later."""
        sample, samples = Sample(at_ns, value), self._samples
        if not samples or at_ns >= samples[-1].at_ns:
            samples.append(sample)
        elif at_ns < samples[0].at_ns and self.first is not None:
            return
        else:
            insort(samples, sample, key=_time)
        if len(samples) > self.most:
            self._let_go(len(samples) // 2, rollover)

    @property
    def last(self) -> Sample | None:
        """The latest sample."""
        return self._samples[-1] if self._samples else None

    def figures(
        self, before: Sample | None, start_ns: int, end_ns: int, rollover: float | None
    ) -> dict[str, float | None]:
        """`increase`, `on_time` in seconds and `integral` in value times seconds, where `before` stood until the first.

        A value holds until the next one, and the last until the end. All are None where nothing is known.
        """
        ahead = [Sample(start_ns, before.value)] if before else []
        first = self.first or (self._samples[0] if self._samples else None)
        rest = [*self._samples, Sample(end_ns, 0.0)]
        if first is None and before is None:
            return dict.fromkeys(COURSES)
        opening = [*ahead, first or rest[0]]
        on_ns = self._on_ns + _on_ns(opening) + _on_ns(rest)
        integral = self._integral + _integral(opening) + _integral(rest)
        gained = self._increase + _increase(opening if first else (), rollover) + _increase(self._samples, rollover)
        return {"increase": gained, "on_time": on_ns / 1e9, "integral": integral}

    def _let_go(self, count: int, rollover: float | None) -> None:
        gone = self._samples[: count + 1]
        self.first = self.first or gone[0]
        self._increase += _increase(gone, rollover)
        self._on_ns += _on_ns(gone)
        self._integral += _integral(gone)
        del self._samples[:count]

    def to_json(self) -> list[Any]:
        """Plain JSON values."""
        return [self.first, self._increase, self._on_ns, self._integral, self._samples]

    @classmethod
    def from_json(cls, state: Sequence[Any], most: int) -> Course:
        """The same again."""
        course = cls(most)
        first, course._increase, course._on_ns, course._integral, samples = state
        course.first = Sample(*first) if first else None
        course._samples = [Sample(*sample) for sample in samples]
        return course


def _time(sample: Sample) -> int:
    return sample.at_ns


def _increase(samples: Sequence[Sample], rollover: float | None) -> float:
    """What a counter gained. A fall is an overflow at `rollover`, without one a counter that began again at 0."""
    return sum(
        after.value - before.value if after.value >= before.value else after.value + (_missing(before, rollover))
        for before, after in pairwise(samples)
    )


def _missing(before: Sample, rollover: float | None) -> float:
    return 0 if rollover is None else rollover - before.value


def _on_ns(samples: Sequence[Sample]) -> int:
    return sum(after.at_ns - before.at_ns for before, after in pairwise(samples) if before.value)


def _integral(samples: Sequence[Sample]) -> float:
    return sum(before.value * (after.at_ns - before.at_ns) for before, after in pairwise(samples)) / 1e9
