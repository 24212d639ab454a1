"""Values that do not fit their recent past: z-score, interquartile range, change of level; per key, in bounded memory.

Never here: messages, time, models trained elsewhere. A detector judges a value by those before it, then takes it in.
"""

import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from nodes.windows.values import quantile


class Anomaly(NamedTuple):
    """How far out a value is, on the scale of the limit, and between which bounds it would have been ordinary."""

    key: str
    value: float
    score: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class AnomalyRule:
    """limit: standard deviations (`zscore`), interquartile ranges beyond the quartiles (`iqr`), or for `change` the sum

    of deviations, in standard deviations, at which the level has changed; drift: what `change` forgives per value
    window: values remembered per key; warm_up: values before anything is judged
    """

    method: Literal["zscore", "iqr", "change"] = "zscore"
    limit: float = 3.0
    window: int = 100
    warm_up: int = 20
    drift: float = 0.5
    max_keys: int = 10_000


class _Detector(Protocol):
    def judge(self, value: float) -> tuple[float, float, float] | None:
        """(score, low, high) for an anomaly; the value is taken in."""

    def to_json(self) -> list[Any]: ...
    def from_json(self, state: list[Any]) -> None: ...


class _ZScore:
    """Distance from the window's mean in its standard deviations."""

    def __init__(self, rule: AnomalyRule):
        self._rule = rule
        self._values: deque[float] = deque(maxlen=rule.window)
        self._sum = self._squares = self._origin = 0.0
        self._since_exact = 0

    def judge(self, value: float) -> tuple[float, float, float] | None:
        found = None
        if len(self._values) >= self._rule.warm_up:
            mean, deviation = self._moments()
            reach = self._rule.limit * deviation
            if abs(value - mean) > reach:
                score = (value - mean) / deviation if deviation else math.copysign(math.inf, value - mean)
                found = score, mean - reach, mean + reach
        self._take(value)
        return found

    def _moments(self) -> tuple[float, float]:
        count = len(self._values)
        offset = self._sum / count
        variance = self._squares / count - offset * offset
        # What rounding leaves of a constant signal must not look like a deviation.
        tiny = 1e-12 * max(1.0, abs(self._origin), abs(offset))
        return self._origin + offset, math.sqrt(variance) if variance > tiny * tiny else 0.0

    def _take(self, value: float) -> None:
        if len(self._values) == self._rule.window:
            gone = self._values[0] - self._origin
            self._sum -= gone
            self._squares -= gone * gone
        self._values.append(value)
        self._sum += value - self._origin
        self._squares += (value - self._origin) ** 2
        self._since_exact += 1
        if self._since_exact >= self._rule.window or len(self._values) == 1:
            self._recount()

    def _recount(self) -> None:
        # Sums are taken around a recent mean and made anew once per window, so that rounding cannot gather.
        self._since_exact = 0
        self._origin = math.fsum(self._values) / len(self._values)
        self._sum = math.fsum(value - self._origin for value in self._values)
        self._squares = math.fsum((value - self._origin) ** 2 for value in self._values)

    def to_json(self) -> list[Any]:
        return [self._origin, self._sum, self._squares, self._since_exact, list(self._values)]

    def from_json(self, state: list[Any]) -> None:
        self._origin, self._sum, self._squares, self._since_exact, values = state
        self._values.extend(values)


class _Quartiles:
    """Distance beyond the window's quartiles in interquartile ranges (Tukey's fences)."""

    def __init__(self, rule: AnomalyRule):
        self._rule = rule
        self._values: deque[float] = deque()
        self._ordered: list[float] = []

    def judge(self, value: float) -> tuple[float, float, float] | None:
        found = None
        if len(self._values) >= self._rule.warm_up:
            lower, upper = quantile(self._ordered, 0.25) or 0.0, quantile(self._ordered, 0.75) or 0.0
            spread = upper - lower
            low, high = lower - self._rule.limit * spread, upper + self._rule.limit * spread
            if not low <= value <= high:
                beyond = value - upper if value > high else value - lower
                found = (beyond / spread if spread else math.copysign(math.inf, beyond)), low, high
        if len(self._values) == self._rule.window:
            del self._ordered[bisect_left(self._ordered, self._values.popleft())]
        self._values.append(value)
        insort(self._ordered, value)
        return found

    def to_json(self) -> list[Any]:
        return list(self._values)

    def from_json(self, state: list[Any]) -> None:
        self._values.extend(state)
        self._ordered = sorted(state)


class _LevelChange:
    """Two-sided CUSUM (Page, 1954) against the level learnt in the warm-up; after a hit it learns anew."""

    def __init__(self, rule: AnomalyRule):
        self._rule = rule
        self._count = 0
        self._mean = self._m2 = self._up = self._down = 0.0

    def judge(self, value: float) -> tuple[float, float, float] | None:
        if self._count < self._rule.warm_up:
            self._count += 1
            step = value - self._mean
            self._mean += step / self._count
            self._m2 += step * (value - self._mean)
            return None
        deviation = math.sqrt(self._m2 / self._count) or 1e-9 * max(1.0, abs(self._mean))
        distance = (value - self._mean) / deviation
        self._up = max(0.0, self._up + distance - self._rule.drift)
        self._down = max(0.0, self._down - distance - self._rule.drift)
        if max(self._up, self._down) <= self._rule.limit:
            return None
        score = self._up if self._up >= self._down else -self._down
        reach = self._rule.drift * deviation
        found = score, self._mean - reach, self._mean + reach
        self._count, self._mean, self._m2, self._up, self._down = 0, 0.0, 0.0, 0.0, 0.0
        return found

    def to_json(self) -> list[Any]:
        return [self._count, self._mean, self._m2, self._up, self._down]

    def from_json(self, state: list[Any]) -> None:
        self._count, self._mean, self._m2, self._up, self._down = state


_METHODS: dict[str, type[_ZScore] | type[_Quartiles] | type[_LevelChange]] = {
    "zscore": _ZScore,
    "iqr": _Quartiles,
    "change": _LevelChange,
}


class Anomalies:
    """One detector per key; beyond max_keys the one that was longest without a value is forgotten (counted)."""

    def __init__(self, rule: AnomalyRule):
        if not 2 <= rule.warm_up <= rule.window or rule.limit <= 0:
            raise ValueError("needs a positive limit and 2 <= warm_up <= window")
        self._rule = rule
        self._detectors: dict[str, _Detector] = {}
        self.forgotten = self.refused = 0

    def judge(self, key: str, value: float) -> Anomaly | None:
        """What is wrong with `value`, None when it is ordinary, not yet to be judged, or not finite (counted)."""
        if value - value != 0.0:
            self.refused += 1
            return None
        detector = self._detectors.pop(key, None)
        if detector is None:
            detector = _METHODS[self._rule.method](self._rule)
            if len(self._detectors) >= self._rule.max_keys:
                del self._detectors[next(iter(self._detectors))]
                self.forgotten += 1
        self._detectors[key] = detector
        found = detector.judge(value)
        return None if found is None else Anomaly(key, value, *found)

    def snapshot(self) -> list[list[Any]]:
        """Rows of key and state: plain JSON values."""
        return [[key, detector.to_json()] for key, detector in self._detectors.items()]

    def restore(self, rows: Sequence[Sequence[Any]]) -> None:
        """Take over a snapshot made under the same method."""
        for key, state in rows:
            detector = self._detectors[key] = _METHODS[self._rule.method](self._rule)
            detector.from_json(state)
