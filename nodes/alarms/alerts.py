"""Alarms of one rule, one per key: condition, silence and the operators' part together.

Never here: expressions, delivery, the journal's storage, the clock. Transitions come out as plain values. A key that is
normal takes no memory, except its last time where silence matters.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from nodes.alarms.board import Alarms, Transition
from nodes.alarms.condition import Change, Conditions, Timing
from nodes.alarms.life import Alarm, LifeRule, Notice, NotPossible

__all__ = ["AlarmRule", "Alerts", "LifeRule", "NotPossible", "Timing", "Transition"]


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """stale_after_ns: silence after which a key is stale, None for never; `silence` says what it does:

    `mark` leaves a firing condition and ends a pending one, `clear` ends both, `raise` makes it true (a no-data alarm).
    max_keys: alarms and, separately, watched keys; of watched keys the longest silent is forgotten, further alarms are
    not taken; both are counted.
    """

    timing: Timing = field(default_factory=Timing)
    life: LifeRule = field(default_factory=LifeRule)
    stale_after_ns: int | None = None
    silence: Literal["mark", "clear", "raise"] = "mark"
    max_keys: int = 100_000


class Alerts:
    """Give every sample to `sample` and call `on_time` when `next_deadline_ns` has come. Time must not go back.

    `alarms` is for operators: states, acknowledge, hide, show.
    """

    def __init__(self, rule: AlarmRule):
        self._rule = rule
        self.alarms = Alarms(rule.life, rule.max_keys)
        self._conditions = Conditions(rule.timing)
        self._seen_ns: dict[str, int] = {}  # longest silent first: that is the next to be stale
        self.forgotten = 0
        self.refused = 0
        self.explained: Callable[[str], str | None] = _nobody
        """Names the parent alarm that keeps a key silent now."""

    def sample(self, key: str, when: bool, now_ns: int, clear: bool | None = None) -> Sequence[Transition]:
        """Transitions that a sample brings: `when` raises; a firing key clears by `clear`, without it by not `when`.

        A sample at the very instant of a timer comes before that timer.
        """
        early = self._saw(key, now_ns) if self._rule.stale_after_ns is not None else ()
        changed = self.judge(key, when, now_ns, clear)
        if self.alarms.is_marked(key, "uncertain"):
            changed = [*changed, *self.alarms.change(key, _ascertain, "certain", now_ns)]
        return [*early, *changed] if early else changed

    def judge(self, key: str, when: bool, now_ns: int, clear: bool | None = None) -> Sequence[Transition]:
        """As `sample`, for a condition that changed by time alone: nothing was heard of `key`."""
        if key not in self._conditions.held and not (when and self._has_room(key)):
            return ()
        return self._tell(self._conditions.update(key, when, now_ns, clear), "condition")

    def suppose(self, key: str, when: bool, now_ns: int) -> Sequence[Transition] | None:
        """Transitions that a value of unknown age brings; None where a condition says more of the key.

        What raises makes the alarm uncertain, which the first sample ends. It is no sign of life, and nobody is told.
        """
        if key in self._conditions.held:
            return None
        if when == self.alarms.is_marked(key, "uncertain") or not self._has_room(key):
            return ()
        return self.alarms.change(key, _doubt if when else _ascertain, "kept", now_ns)

    def concerned(self, keys: Sequence[str], whens: Sequence[Any]) -> Sequence[int]:
        """Places of the samples of a batch that can change something: hot ones, and all of keys that are not normal."""
        if self._rule.stale_after_ns is not None:
            return range(len(keys))
        hot = {key for key, when in zip(keys, whens, strict=True) if when}
        held = self._conditions.held
        return [place for place, key in enumerate(keys) if key in held or key in hot or key in self.alarms]

    def expect(self, key: str, now_ns: int) -> None:
        """Watch for the silence of a key that may never have been heard."""
        if self._rule.stale_after_ns is not None and key not in self._seen_ns:
            self._watch(key, now_ns)

    def next_deadline_ns(self) -> int | None:
        """When `on_time` has something to do."""
        times = [self._conditions.next_deadline_ns(), self.alarms.next_deadline_ns()]
        if self._seen_ns and self._rule.stale_after_ns is not None:
            times.append(next(iter(self._seen_ns.values())) + self._rule.stale_after_ns)
        return min((each for each in times if each is not None), default=None)

    def on_time(self, now_ns: int) -> list[Transition]:
        """All that time alone brings until `now_ns`, in order, each stamped with its own instant."""
        transitions: list[Transition] = []
        while (at_ns := self.next_deadline_ns()) is not None and at_ns <= now_ns:
            transitions += self._tell(self._conditions.on_time(at_ns), "condition")
            transitions += self._fell_silent(at_ns)
            transitions += self.alarms.on_time(at_ns)
        return transitions

    def snapshot(self) -> dict[str, Any]:
        """The whole state as plain JSON values."""
        seen = [[key, at_ns] for key, at_ns in self._seen_ns.items()]
        return {"conditions": self._conditions.snapshot(), "alarms": self.alarms.snapshot(), "seen": seen}

    def restore(self, state: dict[str, Any], shift_ns: int = 0) -> None:
        """Take over a snapshot, with `shift_ns` added to its times (when the clock has another origin now)."""
        self._conditions.restore(state["conditions"], shift_ns)
        self.alarms.restore(state["alarms"], shift_ns)
        self._seen_ns = {key: at_ns + shift_ns for key, at_ns in state["seen"]}

    def _saw(self, key: str, now_ns: int) -> Sequence[Transition]:
        early: list[Transition] = []
        last_ns = self._seen_ns.get(key)
        if last_ns is not None:
            if now_ns - last_ns > (self._rule.stale_after_ns or 0):
                early = self.on_time(now_ns - 1)
            self._seen_ns.pop(key, None)
        self._watch(key, now_ns)
        if self.alarms and self.alarms.is_marked(key, "stale"):
            early += self.alarms.change(key, _freshen, "fresh", now_ns)
        return early

    def _watch(self, key: str, now_ns: int) -> None:
        self._seen_ns[key] = now_ns
        if len(self._seen_ns) > self._rule.max_keys:
            del self._seen_ns[next(iter(self._seen_ns))]
            self.forgotten += 1

    def _fell_silent(self, now_ns: int) -> list[Transition]:
        transitions: list[Transition] = []
        stale_after_ns = self._rule.stale_after_ns
        while stale_after_ns is not None and self._seen_ns:
            key, seen_ns = next(iter(self._seen_ns.items()))
            if seen_ns + stale_after_ns > now_ns:
                break
            del self._seen_ns[key]
            if not self._has_room(key):
                continue
            if self._rule.silence == "raise":
                transitions += self._tell(self._conditions.update(key, True, now_ns), "silence")
                continue
            transitions += self.alarms.change(key, _age, "stale", now_ns)
            if self._rule.silence == "clear" or self._conditions.phase(key) == "pending":
                transitions += self._tell(self._conditions.reset(key, now_ns), "silence")
        return transitions

    def _tell(self, changes: Sequence[Change], reason: str) -> list[Transition]:
        transitions: list[Transition] = []
        for key, old, new, at_ns in changes:
            if new == "firing":
                transitions += _silence(self.alarms, key, self.explained(key), at_ns)
                transitions += self.alarms.change(key, _raiser(at_ns), reason, at_ns)
            elif old == "firing":
                transitions += self.alarms.change(key, _clearer(at_ns), reason, at_ns)
        return transitions

    def _has_room(self, key: str) -> bool:
        most = self._rule.max_keys
        conditions = self._conditions
        if (len(self.alarms) < most and len(conditions) < most) or key in self.alarms or key in conditions.held:
            return True
        self.refused += 1
        return False


def _silence(alarms: Alarms, key: str, parent: str | None, at_ns: int) -> list[Transition]:
    """Before an alarm is raised whose parent is active already: nobody is to be told."""
    if parent is None or alarms.state(key) in ("suppressed", "out_of_service"):
        return []
    return alarms.hide(key, "suppressed", parent, at_ns)


def _nobody(key: str) -> None:
    return None


def _raiser(at_ns: int) -> Callable[[Alarm], Notice | None]:
    return lambda alarm: alarm.raise_(at_ns)


def _clearer(at_ns: int) -> Callable[[Alarm], Notice | None]:
    return lambda alarm: alarm.clear(at_ns)


def _doubt(alarm: Alarm) -> None:
    alarm.uncertain = True


def _ascertain(alarm: Alarm) -> None:
    alarm.uncertain = False


def _age(alarm: Alarm) -> Notice | None:
    alarm.stale = True
    return None if alarm.is_hidden else "stale"


def _freshen(alarm: Alarm) -> Notice | None:
    alarm.stale = False
    return None if alarm.is_hidden else "fresh"
