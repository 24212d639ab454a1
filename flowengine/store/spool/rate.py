"""A rate that forgets: what came lately weighs more. Pure; the clock is an argument."""

from __future__ import annotations

from math import exp


class Rate:
    """Amount per second over about the last `window_s`."""

    def __init__(self, now_s: float, window_s: float = 30.0):
        self._window_s = window_s
        self._weighed = 0.0
        self._at_s = self._since_s = now_s

    def add(self, amount: float, now_s: float) -> None:
        """An amount came now."""
        self._weighed = self._faded(now_s) + amount
        self._at_s = now_s

    def per_s(self, now_s: float) -> float:
        """The rate now; over the time since the beginning while that is shorter than the window."""
        known_s = self._window_s * (1 - exp(-max(now_s - self._since_s, 1.0) / self._window_s))
        return self._faded(now_s) / known_s

    def _faded(self, now_s: float) -> float:
        return self._weighed * exp(-max(0.0, now_s - self._at_s) / self._window_s)
