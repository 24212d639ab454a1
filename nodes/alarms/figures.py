"""Mean, ratio and rate of a value over a sliding window, one window per key. Never here: conditions, alarms, the clock.

Windows are open at the left: (t - W, t].
"""

from collections.abc import Collection

from nodes.alarms.window import RateOfChange, RatioWindow
from nodes.timing.deadlines import Deadlines

FIGURES = ("mean", "ratio", "rate")
"""mean: of the values; ratio: sum of the values by the sum of what they are part of; rate: change per second."""

SHOWN = ("ratio", "mean", "rate")
"""Which of them is shown as the value of an alarm, the first that is asked for."""

SAMPLES_OF_A_KEY = 10_000


class Figures:
    """The figures that are asked for, of at most `max_keys` keys; the key silent for longest is forgotten, counted."""

    def __init__(self, window_ns: int, wanted: Collection[str], max_keys: int, min_count: int = 1):
        self._window_ns = window_ns
        self._wanted = tuple(name for name in FIGURES if name in wanted)
        self._max_keys = max_keys
        self._min_count = min_count
        self._keys: dict[str, dict[str, RatioWindow | RateOfChange]] = {}
        self._leaving = Deadlines()
        self._last: dict[str, dict[str, float | None]] = {}
        self.forgotten = 0

    def add(self, key: str, value: float, whole: float, now_ns: int) -> None:
        """Take a sample; `whole` is what the ratio's value is part of. Time must not go back."""
        windows = self._keys.pop(key, None) or {name: self._window(name) for name in self._wanted}
        self._keys[key] = windows
        for name, window in windows.items():
            if isinstance(window, RateOfChange):
                window.add(value, now_ns)
            else:
                window.add(value, whole if name == "ratio" else 1.0, now_ns)
        if len(self._keys) > self._max_keys:
            oldest = next(iter(self._keys))
            del self._keys[oldest]
            self._last.pop(oldest, None)
            self._leaving.set(oldest, None)
            self.forgotten += 1

    def of(self, key: str, now_ns: int) -> dict[str, float | None]:
        """Each figure, None where its window says nothing."""
        windows = self._keys.get(key, {})
        figures = {
            name: window.per_s(now_ns) if isinstance(window, RateOfChange) else window.ratio(now_ns)
            for name, window in windows.items()
        }
        self._leaving.set(key, self._next_change_ns(windows))
        self._last[key] = figures
        return figures

    def judged(self, key: str) -> float | None:
        """The figure that was looked at last: the ratio where it is asked for, else the mean, else the rate."""
        figures = self._last.get(key, {})
        return next((figures[name] for name in SHOWN if name in figures), None)

    def next_change_ns(self) -> int | None:
        """When a sample leaves a window, so that a figure may change without a new one."""
        return self._leaving.first_ns()

    def due(self, now_ns: int) -> list[str]:
        """Keys whose figures changed by time alone; ask for them with `of`."""
        keys: list[str] = []
        while (key := self._leaving.pop(now_ns)) is not None:
            keys.append(key)
        return keys

    def _window(self, name: str) -> RatioWindow | RateOfChange:
        if name == "rate":
            return RateOfChange(self._window_ns, max_age_ns=self._window_ns, most=SAMPLES_OF_A_KEY)
        return RatioWindow(self._window_ns, SAMPLES_OF_A_KEY, self._min_count)

    def _next_change_ns(self, windows: dict[str, RatioWindow | RateOfChange]) -> int | None:
        times = [window.next_change_ns() for window in windows.values() if isinstance(window, RatioWindow)]
        return min((each for each in times if each is not None), default=None)
