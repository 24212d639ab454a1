"""How fast a spool gives out what waits: a rate that gets lower the more waits. Pure; the clock is an argument.

Never here: order, disk, delivery.
"""

from __future__ import annotations

from collections.abc import Mapping


class Pace:
    """Allows `rate` records a second, at most a second's worth at once.

    `slower` divides the rate: `{10000: 2}` halves it while more than 10,000 wait, so that a long backlog
    does not drown what else uses the link.
    """

    def __init__(self, rate: float, slower: Mapping[int, float], now_s: float):
        self._rate, self._now_s = rate, now_s
        self._slower = sorted(slower.items())
        self._allowed = max(1.0, rate)

    def rate_at(self, waiting: int) -> float:
        """Records per second while so many wait."""
        return self._rate / next((by for above, by in reversed(self._slower) if waiting > above), 1.0)

    def allowance(self, waiting: int, now_s: float) -> int:
        """How many may go now."""
        rate = self.rate_at(waiting)
        self._allowed = min(self._allowed + (now_s - self._now_s) * rate, max(1.0, rate))
        self._now_s = now_s
        return int(self._allowed)

    def take(self, count: int) -> None:
        """So many went."""
        self._allowed -= count

    def wait_s(self, waiting: int) -> float:
        """How long until one more may go."""
        return max(0.0, 1.0 - self._allowed) / self.rate_at(waiting)
