"""So many in so long, per key. Never here: what becomes of the excess, or the clock."""


class Rate:
    """A bucket of `most` that fills again over `per_s` (token bucket); the key longest unused is forgotten."""

    def __init__(self, most: int, per_s: float, max_keys: int):
        self._most = float(most)
        self._each_s = per_s / most
        self._max_keys = max_keys
        self._left: dict[str, tuple[float, float]] = {}

    def allows(self, key: str, now_s: float) -> bool:
        """Whether one more passes now; it is then counted."""
        left, then_s = self._left.pop(key, (self._most, now_s))
        left = min(self._most, left + (now_s - then_s) / self._each_s)
        passes = left >= 1.0 - 1e-9  # time is a float: the last tick before a full one must not cost a turn
        self._left[key] = (left - 1.0 if passes else left, now_s)
        if len(self._left) > self._max_keys:
            del self._left[next(iter(self._left))]
        return passes
