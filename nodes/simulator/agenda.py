"""What happens when, in seconds since the start: a queue of actions in time order. Knows no real clock."""

import heapq
import itertools
from collections.abc import Callable

Action = Callable[[], None]


class Agenda:
    """Runs actions in the order of their times; those of the same time in the order in which they were entered.

    `now_s` is the time of the action that runs, so a whole day passes as fast as its actions do.
    """

    def __init__(self) -> None:
        self.now_s = 0.0
        self._entries: list[tuple[float, int, Action]] = []
        self._serial = itertools.count()

    @property
    def next_s(self) -> float | None:
        """When the next action is due; None when there is none."""
        return self._entries[0][0] if self._entries else None

    def at(self, time_s: float, action: Action) -> None:
        """Do it then, or at once when that has passed."""
        heapq.heappush(self._entries, (max(time_s, self.now_s), next(self._serial), action))

    def after(self, delay_s: float, action: Action) -> None:
        """Do it so much later."""
        self.at(self.now_s + delay_s, action)

    def every(self, period_s: Callable[[], float], action: Action, first_s: float = 0.0) -> None:
        """Do it again and again; the period is asked for each time, because it may change."""

        def again() -> None:
            action()
            self.after(period_s(), again)

        self.after(first_s, again)

    def run_until(self, time_s: float) -> None:
        """Do all that is due by then."""
        while self._entries and self._entries[0][0] <= time_s:
            self.now_s, _, action = heapq.heappop(self._entries)
            action()
        self.now_s = max(self.now_s, time_s)
