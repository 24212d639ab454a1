"""When a condition counts: `for`, `keep_for`, hysteresis, per key. Never here: acknowledging, notices, silence.

Semantics of Prometheus alerting rules (pending, firing, keep_firing_for), with exact timers.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from nodes.timing.deadlines import Deadlines

Phase = Literal["inactive", "pending", "firing"]


class Change(NamedTuple):
    """The condition of `key` went from one phase to another at `at_ns`."""

    key: str
    old: Phase
    new: Phase
    at_ns: int


@dataclass(frozen=True, slots=True)
class Timing:
    """for_ns: how long it must be true before it fires; keep_ns: how long it must be false before it resolves."""

    for_ns: int = 0
    keep_ns: int = 0

    def due_ns(self, held: "_Held") -> int | None:
        """When time alone changes the phase of `held`."""
        if not held.firing:
            return held.since_ns + self.for_ns
        return None if held.false_since_ns is None else held.false_since_ns + self.keep_ns


class _Held:
    __slots__ = ("false_since_ns", "firing", "since_ns")

    def __init__(self, since_ns: int, firing: bool = False, false_since_ns: int | None = None):
        self.since_ns = since_ns
        self.firing = firing
        self.false_since_ns = false_since_ns


class Conditions:
    """The phase of every key that is not inactive; an inactive key takes no memory."""

    def __init__(self, timing: Timing):
        self._timing = timing
        self._held: dict[str, _Held] = {}
        self._deadlines = Deadlines()

    @property
    def held(self) -> Set[str]:
        """Keys whose condition is pending, firing or ending."""
        return self._held.keys()

    def __len__(self) -> int:
        return len(self._held)

    def phase(self, key: str) -> Phase:
        """The phase of `key` now."""
        held = self._held.get(key)
        return "inactive" if held is None else "firing" if held.firing else "pending"

    def update(self, key: str, when: bool, now_ns: int, clear: bool | None = None) -> Sequence[Change]:
        """Changes that this sample brings, with timers of the key that ran out before it; a tie goes to the sample.

        While firing, the key stays so until `clear` is true (hysteresis); without `clear`, until `when` is false.
        """
        held = self._held.get(key)
        if held is None:
            return self._begin(key, now_ns) if when else ()
        early = self._expired(key, now_ns - 1)
        held = self._held.get(key)
        if held is None:
            return [*early, *(self._begin(key, now_ns) if when else ())]
        return [*early, *self._sampled(key, held, when, clear, now_ns)]

    def on_time(self, now_ns: int) -> list[Change]:
        """Changes of all keys whose time ran out at or before `now_ns`, each stamped with its own instant."""
        changes: list[Change] = []
        while (key := self._deadlines.pop(now_ns)) is not None:
            changes += self._expired(key, now_ns)
        return changes

    def next_deadline_ns(self) -> int | None:
        """When `on_time` has something to do."""
        return self._deadlines.first_ns()

    def reset(self, key: str, now_ns: int) -> Sequence[Change]:
        """Make `key` inactive at once, whatever keep_ns says."""
        return () if key not in self._held else [self._end(key, now_ns)]

    def snapshot(self) -> list[list[Any]]:
        """Rows of key, firing, since, false since: plain JSON values."""
        return [[key, held.firing, held.since_ns, held.false_since_ns] for key, held in self._held.items()]

    def restore(self, rows: Sequence[Sequence[Any]], shift_ns: int = 0) -> None:
        """Take over a snapshot, with `shift_ns` added to its times (when the clock has another origin now)."""
        for key, firing, since_ns, false_since_ns in rows:
            false_ns = None if false_since_ns is None else false_since_ns + shift_ns
            self._held[key] = _Held(since_ns + shift_ns, firing, false_ns)
            self._arm(key)

    def _begin(self, key: str, now_ns: int) -> list[Change]:
        firing = self._timing.for_ns <= 0
        self._held[key] = _Held(now_ns, firing)
        self._arm(key)
        return [Change(key, "inactive", "firing" if firing else "pending", now_ns)]

    def _sampled(self, key: str, held: _Held, when: bool, clear: bool | None, now_ns: int) -> Sequence[Change]:
        if when or (held.firing and clear is False):
            held.false_since_ns = None
        elif not held.firing or self._timing.keep_ns <= 0:
            return [self._end(key, now_ns)]
        elif held.false_since_ns is None:
            held.false_since_ns = now_ns
        self._arm(key)
        return ()

    def _expired(self, key: str, now_ns: int) -> Sequence[Change]:
        held = self._held.get(key)
        due_ns = None if held is None else self._timing.due_ns(held)
        if held is None or due_ns is None or due_ns > now_ns:
            return ()
        if held.firing:
            return [self._end(key, due_ns)]
        held.firing = True
        self._arm(key)
        return [Change(key, "pending", "firing", due_ns)]

    def _arm(self, key: str) -> None:
        self._deadlines.set(key, self._timing.due_ns(self._held[key]))

    def _end(self, key: str, now_ns: int) -> Change:
        held = self._held.pop(key)
        self._deadlines.set(key, None)
        return Change(key, "firing" if held.firing else "pending", "inactive", now_ns)
