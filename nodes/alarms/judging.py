"""Readings judged by a rule's conditions and told to its alarms: live ones, ones that a broker had kept, by new limits.

Never here: what is told of what comes of it, the clock.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flowengine import Message, Messages
from flowengine.expression import Expression
from nodes.alarms import reading
from nodes.alarms.alerts import Alerts, Transition
from nodes.alarms.entries import Telling
from nodes.alarms.limits import Limits
from nodes.alarms.windowed import Windowed
from nodes.batches.retained import is_retained


class Conditions(NamedTuple):
    """What raises and clears; the value watched, and what it is a part of."""

    when: Expression | None
    clear: Expression | None
    value: Expression | None
    of: Expression | None


class Judge:
    """`windowed` where the conditions look at figures over a window; kept ones older than `fresh_s` are uncertain."""

    def __init__(
        self, alerts: Alerts, limits: Limits, asked: Conditions, windowed: Windowed | None, fresh_s: float
    ) -> None:
        self._alerts, self._limits, self._asked = alerts, limits, asked
        self._windowed, self._fresh_s = windowed, fresh_s

    def each(self, messages: Messages) -> Sequence[Any]:
        """Whether each raises, as far as a message alone tells."""
        when = self._asked.when
        return reading.never(messages) if when is None or self._windowed else self._limits.each(when, messages)

    def concerned(self, keys: Sequence[str], whens: Sequence[Any]) -> Sequence[int]:
        """Places of the live ones that can change something."""
        return range(len(keys)) if self._windowed else self._alerts.concerned(keys, whens)

    def live(self, key: str, when: Any, message: Message, now_ns: int) -> Sequence[Transition]:
        """Transitions that a reading brings. Raises ValueError."""
        asked = self._asked
        if self._windowed is None:
            return self._alerts.sample(key, bool(when), now_ns, self._clears(message))
        value = reading.number_of("value", reading.value_of(asked.value, message))
        whole = reading.number_of("of", asked.of(message)) if asked.of else 1.0
        return self._windowed.sample(key, message, value, whole, now_ns)

    def kept(
        self, keys: Sequence[str], whens: Sequence[Any], messages: Messages, telling: Telling, now_ns: int
    ) -> list[Transition]:
        """Transitions that ones of unknown age bring to keys of which nothing better is known; figures have none."""
        transitions: list[Transition] = []
        for key, when, message in zip(keys, whens, messages, strict=True):
            last = telling.last.get(key)
            if self._windowed or not (last is None or is_retained(last, self._fresh_s)):
                continue
            made = self._alerts.suppose(key, bool(when), now_ns)
            if made is not None:
                telling.remember((key,), (message,))
                transitions += made
        return transitions

    def again(self, telling: Telling, now_ns: int) -> list[Transition]:
        """Transitions that other limits bring to the last reading of each key."""
        return self._limits.retaken(telling.last, lambda key, last: self._again(key, last, now_ns))

    def _again(self, key: str, last: Message, now_ns: int) -> Sequence[Transition]:
        if self._asked.when is None:
            return ()
        if self._windowed is not None:
            return self._windowed.again(key, last, now_ns)
        when = self._limits.holds(self._asked.when, last)
        if is_retained(last, self._fresh_s):
            return self._alerts.suppose(key, when, now_ns) or ()
        return self._alerts.judge(key, when, now_ns, self._clears(last))

    def _clears(self, message: Message) -> bool | None:
        return None if self._asked.clear is None else self._limits.holds(self._asked.clear, message)
