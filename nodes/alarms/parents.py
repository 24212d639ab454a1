"""Alarms that explain others: while a parent is active, what hangs on it is kept silent; a little longer, to recover.

So one dead gateway is one alarm and not four hundred. Never here: messages, how a parent is found, the clock.
"""

from collections.abc import Iterable
from typing import Any

from nodes.alarms.board import Alarms, Transition
from nodes.timing.deadlines import Deadlines


class Parents:
    """Which parents are active, and on which each of at most `most` keys hangs (the longest silent is forgotten)."""

    def __init__(self, alarms: Alarms, release_ns: int, most: int):
        self._alarms = alarms
        self._release_ns = release_ns
        self._most = most
        self._parent: dict[str, str] = {}
        self._silences: dict[str, bool] = {}  # by parent: whether it is active still, else it is being released
        self._releases = Deadlines()
        self._children: dict[str, dict[str, None]] = {}

    def remember(self, pairs: Iterable[tuple[str, str | None]]) -> None:
        """Keys and the parents they hang on now."""
        for key, parent in pairs:
            old = self._parent.pop(key, None)
            if old is not None and old != parent:
                self._leave(old, key)
            if parent is not None:
                self._parent[key] = parent
                self._children.setdefault(parent, {})[key] = None
        while len(self._parent) > self._most:
            key = next(iter(self._parent))
            self._leave(self._parent.pop(key), key)

    def explains(self, key: str) -> str | None:
        """The parent that keeps `key` silent now."""
        parent = self._parent.get(key)
        return parent if parent in self._silences else None

    def take_states(self, told: Iterable[tuple[str, str]], now_ns: int) -> list[Transition]:
        """What parents, by their keys, are now: `active` or `cleared`; other states say nothing."""
        lines: list[Transition] = []
        for parent, state in told:
            if state == "active":
                lines += self.raised(parent, now_ns)
            elif state == "cleared":
                self.cleared(parent, now_ns)
        return lines

    def raised(self, parent: str, now_ns: int) -> list[Transition]:
        """The parent is active: every alarm that hangs on it falls silent. Heard again it changes nothing."""
        self._releases.set(parent, None)
        if self._silences.get(parent):
            return []
        self._silences[parent] = True
        states = self._alarms.states()
        hanging = [key for key in self._children.get(parent, ()) if states.get(key, "suppressed") != "suppressed"]
        return [line for key in hanging for line in self._alarms.hide(key, "suppressed", parent, now_ns)]

    def cleared(self, parent: str, now_ns: int) -> None:
        """The parent is over; what hangs on it has a while to clear before it is told."""
        if self._silences.get(parent):
            self._silences[parent] = False
            self._releases.set(parent, now_ns + self._release_ns)

    def next_deadline_ns(self) -> int | None:
        """When `on_time` has something to do."""
        return self._releases.first_ns()

    def on_time(self, now_ns: int) -> list[Transition]:
        """What is active still although its parent is over is raised now."""
        lines: list[Transition] = []
        while (parent := self._releases.pop(now_ns)) is not None:
            del self._silences[parent]
            for key in self._alarms.suppressed_by(parent):
                lines += self._alarms.show(key, "suppressed", parent, now_ns)
        return lines

    def snapshot(self, now_ns: int) -> dict[str, Any]:
        """Plain JSON values; times count from `now_ns`."""
        left = {parent: self._releases.at_ns(parent) for parent in self._silences}
        silences = {parent: None if at_ns is None else at_ns - now_ns for parent, at_ns in left.items()}
        return {"parent": self._parent, "silences": silences}

    def restore(self, state: dict[str, Any], now_ns: int) -> None:
        """Take over a snapshot."""
        self.remember(state["parent"].items())
        for parent, left_ns in state["silences"].items():
            self._silences[parent] = left_ns is None
            self._releases.set(parent, None if left_ns is None else now_ns + left_ns)

    def _leave(self, parent: str, key: str) -> None:
        children = self._children[parent]
        del children[key]
        if not children:
            del self._children[parent]
