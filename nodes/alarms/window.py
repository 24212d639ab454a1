"""What an alert looks at when one sample is not enough: ratio, mean and rate over a window, flapping.

Never here: keys, alarm states. Windows are open at the left: (t - W, t]. Each holds at most `most` samples and then
lets the oldest go.
"""

import math
from collections import deque


class RatioWindow:
    """Sum of numerators over sum of denominators; with a denominator of 1 for each sample it is the mean."""

    def __init__(self, window_ns: int, most: int = 100_000, least: int = 1):
        self._window_ns = window_ns
        self._least = least
        self._samples: deque[tuple[int, float, float]] = deque()
        self._most = most
        self._above = self._below = 0.0
        self._removed = 0

    def add(self, numerator: float, denominator: float, at_ns: int) -> None:
        """Times must not go back."""
        if len(self._samples) >= self._most:
            self._remove_oldest()
        self._samples.append((at_ns, numerator, denominator))
        self._above += numerator
        self._below += denominator

    def ratio(self, now_ns: int) -> float | None:
        """None when too few samples are in the window or its denominators sum to zero: no traffic is no alert."""
        while self._samples and self._samples[0][0] <= now_ns - self._window_ns:
            self._remove_oldest()
        return None if self._below == 0.0 or len(self._samples) < self._least else self._above / self._below

    def _remove_oldest(self) -> None:
        _, above, below = self._samples.popleft()
        self._above -= above
        self._below -= below
        self._removed += 1
        if self._removed > len(self._samples):  # once per turnover, so that rounding errors do not gather
            self._removed = 0
            self._above = math.fsum(sample[1] for sample in self._samples)
            self._below = math.fsum(sample[2] for sample in self._samples)

    def next_change_ns(self) -> int | None:
        """When the oldest sample leaves, so that the ratio may change without a new one."""
        return self._samples[0][0] + self._window_ns if self._samples else None


class RateOfChange:
    """Difference per second between now and `over_ns` ago; each end holds a sample that is at most `max_age_ns` old."""

    def __init__(self, over_ns: int, max_age_ns: int = 300_000_000_000, most: int = 100_000):
        self._over_ns = over_ns
        self._max_age_ns = max_age_ns
        self._samples: deque[tuple[int, float]] = deque(maxlen=most)

    def add(self, value: float, at_ns: int) -> None:
        """Times must not go back."""
        self._samples.append((at_ns, value))

    def per_s(self, now_ns: int) -> float | None:
        """None while one of the ends has no sample."""
        then_ns = now_ns - self._over_ns
        while len(self._samples) > 1 and self._samples[1][0] <= then_ns:
            self._samples.popleft()
        if not self._samples:
            return None
        (old_ns, old), (new_ns, new) = self._samples[0], self._samples[-1]
        if old_ns > then_ns or then_ns - old_ns > self._max_age_ns or now_ns - new_ns > self._max_age_ns:
            return None
        return (new - old) / (self._over_ns / 1e9)


class Flapping:
    """Whether a state changes too often: from `start` changes within the window until at most `stop` are left in it."""

    def __init__(self, window_ns: int, start: int, stop: int):
        if not 0 <= stop < start:
            raise ValueError("flapping must stop at fewer changes than it starts with")
        self._window_ns = window_ns
        self._start = start
        self._stop = stop
        self._changes: deque[int] = deque(maxlen=start)  # more than that says nothing new
        self.is_flapping = False

    def changed(self, now_ns: int) -> bool:
        """Note a change of state; True when flapping begins with it."""
        self._forget(now_ns)
        self._changes.append(now_ns)
        begins = not self.is_flapping and len(self._changes) >= self._start
        self.is_flapping = self.is_flapping or begins
        return begins

    def settled(self, now_ns: int) -> bool:
        """True when flapping ends at `now_ns`."""
        self._forget(now_ns)
        ends = self.is_flapping and len(self._changes) <= self._stop
        self.is_flapping = self.is_flapping and not ends
        return ends

    def next_change_ns(self) -> int | None:
        """When `settled` is worth asking: flapping ends, or all changes are forgotten."""
        if not self._changes:
            return None
        last = self._changes[-1 - self._stop] if self.is_flapping else self._changes[-1]
        return last + self._window_ns

    def snapshot(self) -> list[int | bool]:
        """Plain JSON values."""
        return [self.is_flapping, *self._changes]

    def restore(self, state: list[int | bool], shift_ns: int = 0) -> None:
        """Take over a snapshot, with `shift_ns` added to its times."""
        self.is_flapping = bool(state[0])
        self._changes.extend(at_ns + shift_ns for at_ns in state[1:])

    def _forget(self, now_ns: int) -> None:
        while self._changes and self._changes[0] <= now_ns - self._window_ns:
            self._changes.popleft()
