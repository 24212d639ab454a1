"""The alarms of one rule by key: what operators do to them, their timers, and the journal lines that come of it.

Never here: conditions and silence (alert), the life of one alarm (alert_life), storage. A normal alarm takes no memory.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from flowengine.counts import count_of
from nodes.alarms.life import Alarm, LifeRule, Notice, NotPossible, State, alarm_from_json, alarm_to_json
from nodes.timing.deadlines import Deadlines

Hiding = Literal["shelved", "out_of_service", "suppressed"]

_HIDDEN_BY = {"shelved": "shelved_until_ns", "out_of_service": "out_of_service", "suppressed": "suppressed_by"}


class Transition(NamedTuple):
    """One line of the journal: what `key` was, is now and why; `notice` when somebody is to be told.

    actor: who did it, "" for the condition or a timer; at_ns: on the clock that the caller gives
    """

    key: str
    old: State
    new: State
    reason: str
    at_ns: int
    actor: str = ""
    notice: Notice | None = None


class Alarms:
    """At most `max_keys` alarms that are not normal."""

    def __init__(self, rule: LifeRule, max_keys: int):
        self._rule = rule
        self._max_keys = max_keys
        self._alarms: dict[str, Alarm] = {}
        self._timers = Deadlines()

    def __len__(self) -> int:
        return len(self._alarms)

    def __contains__(self, key: str) -> bool:
        return key in self._alarms

    def state(self, key: str) -> State:
        """What an operator sees of `key`."""
        alarm = self._alarms.get(key)
        return "normal" if alarm is None else alarm.state

    def states(self) -> dict[str, State]:
        """Every key that is not normal."""
        return {key: alarm.state for key, alarm in self._alarms.items() if alarm.state != "normal"}

    def suppressed_by(self, parent: str) -> list[str]:
        """Every key that this parent alarm keeps silent."""
        return [key for key, alarm in self._alarms.items() if alarm.suppressed_by == parent]

    def is_marked(self, key: str, mark: Literal["stale", "uncertain"]) -> bool:
        """Whether `key` has fallen silent, or rests on a value of unknown age, also while it is active or hidden."""
        alarm = self._alarms.get(key)
        return alarm is not None and (alarm.stale if mark == "stale" else alarm.uncertain)

    def acknowledge(self, key: str, actor: str, now_ns: int) -> list[Transition]:
        """An operator has seen the alarm. Raises NotPossible when there is none."""
        return self.change(key, lambda alarm: alarm.acknowledge(), "acknowledged", now_ns, actor)

    def hide(self, key: str, how: Hiding, actor: str, now_ns: int, for_ns: int | None = None) -> list[Transition]:
        """Keep `key` silent: shelved for a time or (None) until it clears, out of service, or suppressed by `actor`.

        For `suppressed` the actor is the parent alarm that explains it. Raises NotPossible beyond the rule's limits.
        """

        def act(alarm: Alarm) -> None:
            if how == "shelved":
                alarm.shelve(now_ns, for_ns)
            else:
                setattr(alarm, _HIDDEN_BY[how], True if how == "out_of_service" else actor)

        if key not in self._alarms and len(self._alarms) >= self._max_keys:
            raise NotPossible(f"{count_of(self._max_keys, 'alarm is', 'alarms are')} being kept already")
        return self.change(key, act, how, now_ns, actor)

    def show(self, key: str, how: Hiding, actor: str, now_ns: int) -> list[Transition]:
        """End `hide`. Raises NotPossible when `key` is not hidden in that way."""

        def act(alarm: Alarm) -> Notice | None:
            if not getattr(alarm, _HIDDEN_BY[how]):
                raise NotPossible(f"the alarm is not {how.replace('_', ' ')}")
            setattr(alarm, _HIDDEN_BY[how], False if how == "out_of_service" else None)
            return alarm.reveal(now_ns)

        return self.change(key, act, f"not_{how}", now_ns, actor)

    def change(
        self, key: str, act: Callable[[Alarm], Notice | None], reason: str, now_ns: int, actor: str = ""
    ) -> list[Transition]:
        """Do `act` to the alarm of `key` and say what came of it; what an actor did is always said."""
        alarm = self._alarms.get(key) or Alarm(self._rule)
        old = alarm.state
        notice = act(alarm)
        self._timers.set(key, alarm.deadline_ns())
        if alarm.is_idle:
            self._alarms.pop(key, None)
        else:
            self._alarms[key] = alarm
        if alarm.state == old and notice is None and not actor:
            return []
        return [Transition(key, old, alarm.state, reason, now_ns, actor, notice)]

    def next_deadline_ns(self) -> int | None:
        """When `on_time` has something to do."""
        return self._timers.first_ns()

    def on_time(self, now_ns: int) -> list[Transition]:
        """What the timers due at `now_ns` bring: shelving ends, reminders, escalation, the end of flapping."""
        transitions: list[Transition] = []
        while (key := self._timers.pop(now_ns)) is not None:
            told: list[str] = []

            def act(alarm: Alarm, told: list[str] = told) -> Notice | None:
                reason, notice = alarm.on_time(now_ns)
                told.append(reason)
                return notice

            transitions += [line._replace(reason=told[0]) for line in self.change(key, act, "", now_ns)]
        return transitions

    def snapshot(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {key: alarm_to_json(alarm) for key, alarm in self._alarms.items()}

    def restore(self, state: dict[str, Any], shift_ns: int = 0) -> None:
        """Take over a snapshot, with `shift_ns` added to its times."""
        for key, alarm_state in state.items():
            alarm = self._alarms[key] = alarm_from_json(self._rule, alarm_state, shift_ns)
            self._timers.set(key, alarm.deadline_ns())
