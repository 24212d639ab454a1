"""The life of one alarm: raised, acknowledged, cleared, latched; shelved, out of service, suppressed, stale, flapping.

Never here: when the condition counts (alert_condition), keys, delivery of notices. A subset of ISA-18.2.
"""

from dataclasses import dataclass
from typing import Any, Literal

from nodes.alarms.window import Flapping

State = Literal[
    "normal",
    "active_unacknowledged",
    "active_acknowledged",
    "cleared_unacknowledged",
    "shelved",
    "out_of_service",
    "suppressed",
    "stale",
    "uncertain",
]
Notice = Literal["raised", "cleared", "repeated", "escalated", "stale", "fresh"]

ONCE = -1  # shelved until the alarm clears


class NotPossible(ValueError):
    """What an operator asked for does not fit the alarm's state; the text says why."""


@dataclass(frozen=True, slots=True)
class LifeRule:
    """latch: a cleared alarm waits for its acknowledgement; repeat_ns: remind until acknowledged; escalate_ns: once.

    max_shelve_ns: longest shelving; flap_*: hold notices from flap_start changes in flap_ns until flap_stop are left
    """

    latch: bool = False
    repeat_ns: int | None = None
    escalate_ns: int | None = None
    max_shelve_ns: int | None = None
    flap_ns: int | None = None
    flap_start: int = 4
    flap_stop: int = 1


class Alarm:
    """One alarm. Every method that may bring a notice returns it, or None."""

    def __init__(self, rule: LifeRule):
        self._rule = rule
        self.active = False
        self.acknowledged = False
        self.latched = False
        self.told = False  # a raise was noticed, so its end must be too
        self.stale = False
        self.uncertain = False  # a value of unknown age fulfils the condition; nothing newer was heard
        self.out_of_service = False
        self.suppressed_by: str | None = None
        self.shelved_until_ns: int | None = None
        self.repeat_at_ns: int | None = None
        self.escalate_at_ns: int | None = None
        self.flapping = None if rule.flap_ns is None else Flapping(rule.flap_ns, rule.flap_start, rule.flap_stop)

    @property
    def state(self) -> State:
        """What an operator sees; what hides an alarm comes before what it hides."""
        if self.out_of_service:
            return "out_of_service"
        if self.suppressed_by is not None:
            return "suppressed"
        if self.shelved_until_ns is not None:
            return "shelved"
        if self.active:
            return "active_acknowledged" if self.acknowledged else "active_unacknowledged"
        if self.latched:
            return "cleared_unacknowledged"
        return "stale" if self.stale else "uncertain" if self.uncertain else "normal"

    @property
    def is_hidden(self) -> bool:
        """Whether an operator or a parent alarm keeps it silent."""
        return self.out_of_service or self.suppressed_by is not None or self.shelved_until_ns is not None

    @property
    def is_idle(self) -> bool:
        """Whether forgetting it changes nothing."""
        return self.state == "normal" and not self.told and (self.flapping is None or self.deadline_ns() is None)

    def raise_(self, now_ns: int) -> Notice | None:
        """The condition holds now: a new activation, to be acknowledged anew."""
        self.active, self.acknowledged, self.latched, self.uncertain = True, False, False, False
        if self.flapping is not None:
            self.flapping.changed(now_ns)
        return self._tell_raised(now_ns)

    def clear(self, now_ns: int) -> Notice | None:
        """The condition holds no more."""
        self.active = False
        if self.flapping is not None:
            self.flapping.changed(now_ns)
        self.repeat_at_ns = self.escalate_at_ns = None
        if self._rule.latch and not self.acknowledged:
            self.latched = True
        if self.shelved_until_ns == ONCE:
            self.shelved_until_ns = None
        return self._tell_cleared()

    def acknowledge(self) -> Notice | None:
        """An operator has seen it. Raises NotPossible when there is nothing to acknowledge."""
        if self.latched:
            self.latched = False
            return self._tell_cleared()
        if not self.active or self.acknowledged:
            raise NotPossible("already acknowledged" if self.active else "the alarm is not active")
        self.acknowledged = True
        self.repeat_at_ns = self.escalate_at_ns = None
        return None

    def shelve(self, now_ns: int, for_ns: int | None) -> None:
        """Hide it for a time, or (None) until it clears. Raises NotPossible beyond the rule's longest time."""
        most_ns = self._rule.max_shelve_ns
        if for_ns is not None and for_ns <= 0:
            raise NotPossible("the time to shelve must be positive")
        if most_ns is not None and (for_ns is None or for_ns > most_ns):
            raise NotPossible(f"at most {most_ns / 1e9:g} s, and not without an end")
        self.shelved_until_ns = ONCE if for_ns is None else now_ns + for_ns

    def reveal(self, now_ns: int) -> Notice | None:
        """Something that hid it is gone: an active alarm is raised anew, one that ended is told as cleared."""
        if self.is_hidden or not self.active:
            return self._tell_cleared()
        self.acknowledged = False
        return self._tell_raised(now_ns)

    def deadline_ns(self) -> int | None:
        """When `on_time` has something to do."""
        shelved = self.shelved_until_ns if self.shelved_until_ns != ONCE else None
        flapping = None if self.flapping is None else self.flapping.next_change_ns()
        times = (shelved, self.repeat_at_ns, self.escalate_at_ns, flapping)
        return min((each for each in times if each is not None), default=None)

    def on_time(self, now_ns: int) -> tuple[str, Notice | None]:
        """The reason and the notice of the one thing that is due; ("", None) when nothing to be told came of it."""
        if self.flapping is not None and self.flapping.settled(now_ns):
            if self.active:
                return "stable", None if self.told else self._tell_raised(now_ns)
            return "stable", self._tell_cleared()
        if self.shelved_until_ns is not None and self.shelved_until_ns != ONCE and self.shelved_until_ns <= now_ns:
            self.shelved_until_ns = None
            return "shelving_ended", self.reveal(now_ns)
        if self.escalate_at_ns is not None and self.escalate_at_ns <= now_ns:
            self.escalate_at_ns = None
            return "not_acknowledged", None if self._is_quiet else "escalated"
        if self.repeat_at_ns is not None and self.repeat_at_ns <= now_ns:
            self.repeat_at_ns += self._rule.repeat_ns or 0
            return "not_acknowledged", None if self._is_quiet else "repeated"
        return "", None

    @property
    def _is_quiet(self) -> bool:
        return self.is_hidden or (self.flapping is not None and self.flapping.is_flapping)

    def _tell_raised(self, now_ns: int) -> Notice | None:
        rule = self._rule
        self.repeat_at_ns = None if rule.repeat_ns is None else now_ns + rule.repeat_ns
        self.escalate_at_ns = None if rule.escalate_ns is None else now_ns + rule.escalate_ns
        if self._is_quiet:
            return None
        self.told = True
        return "raised"

    def _tell_cleared(self) -> Notice | None:
        if self.active or self.latched or not self.told or self._is_quiet:
            return None
        self.told = False
        return "cleared"


_FACTS = ("active", "acknowledged", "latched", "told", "stale", "uncertain", "out_of_service", "suppressed_by")
_TIMES = ("shelved_until_ns", "repeat_at_ns", "escalate_at_ns")


def alarm_to_json(alarm: Alarm) -> dict[str, Any]:
    """The alarm as plain JSON values."""
    state = {name: getattr(alarm, name) for name in (*_FACTS, *_TIMES)}
    state["flapping"] = None if alarm.flapping is None else alarm.flapping.snapshot()
    return state


def alarm_from_json(rule: LifeRule, state: dict[str, Any], shift_ns: int = 0) -> Alarm:
    """The alarm again, with `shift_ns` added to its times."""
    alarm = Alarm(rule)
    for name in _FACTS:
        setattr(alarm, name, state.get(name, getattr(alarm, name)))
    for name in _TIMES:
        at_ns = state[name]
        setattr(alarm, name, at_ns if at_ns is None or at_ns == ONCE else at_ns + shift_ns)
    if alarm.flapping is not None and state["flapping"] is not None:
        alarm.flapping.restore(state["flapping"], shift_ns)
    return alarm
