"""Which values are news: deadband in units or percent, per key, with a shortest and a longest interval.

Never here: messages, the clock. A value is compared with the last one that was passed on, so slow drift gets through.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """deadband: least difference that passes, in units (`abs`) or in percent of the last value passed on (`percent`);

    None passes every value that differs at all, 0 passes every value.

    min_ns: nothing passes sooner after the last one
    max_ns: an unchanged value passes again after this long
    max_keys: beyond it the key that passed nothing for longest is forgotten; its next value passes as a first one
    """

    deadband: float | None = None
    mode: Literal["abs", "percent"] = "abs"
    min_ns: int = 0
    max_ns: int | None = None
    max_keys: int = 100_000


class Changes:
    """The last value passed on of each key. Time must not go back."""

    def __init__(self, rule: ChangeRule):
        if rule.deadband is not None and rule.deadband < 0:
            raise ValueError("a deadband cannot be negative")
        self._rule = rule
        self._passed: dict[str, tuple[Any, int]] = {}
        self.forgotten = 0

    def passes(self, key: str, value: Any, now_ns: int) -> bool:
        """Whether `value` goes on: it is the first of its key, differs enough, or the longest interval is over.

        What is no number passes when it differs, whatever the deadband.
        """
        last = self._passed.get(key)
        if last is not None:
            rule = self._rule
            age_ns = now_ns - last[1]
            if age_ns < rule.min_ns:
                return False
            if not self._differs(last[0], value) and (rule.max_ns is None or age_ns < rule.max_ns):
                return False
            del self._passed[key]  # so that the order of the dictionary is the order of passing
        elif len(self._passed) >= self._rule.max_keys:
            del self._passed[next(iter(self._passed))]
            self.forgotten += 1
        self._passed[key] = (value, now_ns)
        return True

    def _differs(self, last: Any, value: Any) -> bool:
        if type(last) not in _NUMBERS or type(value) not in _NUMBERS:
            return type(last) is not type(value) or bool(last != value)
        deadband = self._rule.deadband
        if last == value or (last != last and value != value):  # NaN after NaN is no news
            return deadband == 0  # also for percent of zero, where every difference is enough but none is not
        if deadband is None:
            return True
        if self._rule.mode == "percent":
            deadband *= abs(last) / 100
        return not abs(value - last) < deadband  # a difference with NaN passes

    def snapshot(self) -> list[list[Any]]:
        """Rows of key, value, time: plain JSON values when the values are."""
        return [[key, value, at_ns] for key, (value, at_ns) in self._passed.items()]

    def restore(self, rows: Sequence[Sequence[Any]], shift_ns: int = 0) -> None:
        """Take over a snapshot, with `shift_ns` added to its times."""
        self._passed = {key: (value, at_ns + shift_ns) for key, value, at_ns in rows}


_NUMBERS = (float, int)
