"""Attempts are throttled by key: a person, an address, both together. Knows no request."""

from __future__ import annotations

from collections import OrderedDict

from web_editor.problems import Fault

BURST = 8
PER_S = 1 / 10
MOST_KEYS = 10_000


class Throttle:
    """Lets a few attempts of each key through at once, then one every ten seconds."""

    def __init__(self, burst: float = BURST, per_s: float = PER_S):
        self._burst, self._per_s = burst, per_s
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, keys: list[str], now_s: float) -> None:
        """Count an attempt. Raises `Fault` when one of the keys has none left."""
        for key in keys:
            left, at_s = self._left.pop(key, (self._burst, now_s))
            left = min(self._burst, left + (now_s - at_s) * self._per_s)
            self._left[key] = (max(0.0, left - 1), now_s)
            if left < 1:
                raise Fault("throttled", "too many attempts", retry_after_s=(1 - left) / self._per_s)
        while len(self._left) > MOST_KEYS:
            self._left.popitem(last=False)

    def forgive(self, keys: list[str]) -> None:
        """The attempt was right."""
        for key in keys:
            self._left.pop(key, None)
