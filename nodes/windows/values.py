"""What one window knows of its values: running figures that can be merged, and the aggregates read from them.

Never here: windows, keys, time limits. Mean and deviation by Welford's method, merged as by Chan, Golub and LeVeque.
"""

import math
from collections.abc import Sequence
from typing import Any

AGGREGATES = (
    "count", "sum", "mean", "min", "max", "first", "last", "stddev",
    "median", "p50", "p95", "p99", "rate", "delta", "range",
)  # fmt: skip
_QUANTILES = {"median": 0.5, "p50": 0.5, "p95": 0.95, "p99": 0.99}


class Values:
    """The values of one window. `most` bounds those kept for quantiles: beyond it every second, fourth, ... is kept."""

    __slots__ = (
        "count", "first", "first_ns", "kept", "last", "last_ns", "m2", "max", "mean", "min", "most", "rest", "stride",
        "total",
    )  # fmt: skip

    def __init__(self, most: int):
        self.count = 0
        self.mean = self.m2 = self.first = self.last = 0.0
        self.total: int | float = 0
        self.rest = 0.0
        self.min, self.max = math.inf, -math.inf
        self.first_ns = self.last_ns = 0
        self.most = most
        self.kept: list[float] = []
        self.stride = 1

    def add(self, value: float, at_ns: int) -> None:
        """Take one finite value in; of values at one instant the later given is the last."""
        if self.count == 0 or at_ns < self.first_ns:
            self.first, self.first_ns = value, at_ns
        if self.count == 0 or at_ns >= self.last_ns:
            self.last, self.last_ns = value, at_ns
        if self.most and self.count % self.stride == 0:
            self.kept.append(value)
            self._thin()
        self.count += 1
        self._add_up(value)
        step = value - self.mean
        self.mean += step / self.count
        self.m2 += step * (value - self.mean)
        self.min, self.max = min(self.min, value), max(self.max, value)

    def _add_up(self, value: int | float) -> None:
        """Whole numbers add up exactly; what a sum of floats rounds off is kept beside it (Neumaier, 1974)."""
        total = self.total + value
        if type(total) is float:
            larger, smaller = (self.total, value) if abs(self.total) >= abs(value) else (value, self.total)
            self.rest += (larger - total) + smaller
        self.total = total

    @property
    def sum(self) -> int | float:
        """The sum: whole where all values were."""
        exact = self.total + self.rest if type(self.total) is float else self.total
        return exact if exact - exact == 0 else self.mean * self.count

    def merge(self, other: "Values") -> None:
        """Take in all that `other` knows."""
        if other.count == 0:
            return
        if self.count == 0 or other.first_ns < self.first_ns:
            self.first, self.first_ns = other.first, other.first_ns
        if self.count == 0 or other.last_ns >= self.last_ns:
            self.last, self.last_ns = other.last, other.last_ns
        self._add_up(other.total)
        self.rest += other.rest
        total = self.count + other.count
        step = other.mean - self.mean
        self.m2 += other.m2 + step * step * self.count * other.count / total
        self.mean += step * other.count / total
        self.count = total
        self.min, self.max = min(self.min, other.min), max(self.max, other.max)
        self.kept += other.kept
        self.stride = max(self.stride, other.stride)
        self._thin()

    def _thin(self) -> None:
        while len(self.kept) > self.most > 0:
            self.kept = self.kept[::2]
            self.stride *= 2

    def figures(self, names: Sequence[str]) -> dict[str, float | int | None]:
        """The aggregates `names`; None where the values do not give one (no value, or a rate without a span)."""
        return {name: self._figure(name) for name in names}

    def _figure(self, name: str) -> float | int | None:
        if name == "count":
            return self.count
        if self.count == 0:
            return 0 if name == "sum" else None
        if name in _QUANTILES:
            return quantile(sorted(self.kept), _QUANTILES[name])
        if name == "rate":
            span_ns = self.last_ns - self.first_ns
            return (self.last - self.first) / (span_ns / 1e9) if span_ns else None
        figures: dict[str, float] = {
            "sum": self.sum,
            "mean": self.sum / self.count,
            "stddev": math.sqrt(max(self.m2, 0.0) / self.count),
            "delta": self.last - self.first,
            "range": self.max - self.min,
        }
        return figures[name] if name in figures else getattr(self, name)

    def to_json(self) -> list[Any]:
        """Plain JSON values."""
        low, high = (None, None) if self.count == 0 else (self.min, self.max)
        head = [self.count, self.mean, self.m2, self.first, self.last, low, high, self.first_ns, self.last_ns]
        return [*head, self.stride, self.kept, self.total, self.rest]

    @classmethod
    def from_json(cls, state: Sequence[Any], most: int, shift_ns: int = 0) -> "Values":
        """The values again, with `shift_ns` added to their times."""
        values = cls(most)
        values.count, values.mean, values.m2, values.first, values.last, low, high = state[:7]
        if low is not None:
            values.min, values.max = low, high
        values.first_ns, values.last_ns = state[7] + shift_ns, state[8] + shift_ns
        values.stride, values.kept = state[9], list(state[10])
        values.total, values.rest = state[11:13] if len(state) > 11 else (values.mean * values.count, 0.0)
        return values


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The value below which `share` of `ordered` lies, interpolated linearly (method 7 of Hyndman and Fan, 1996)."""
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
