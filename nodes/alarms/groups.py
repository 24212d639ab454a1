"""Notices gathered by group, so that one dead gateway is one message and not four hundred.

Never here: what a notice says, messages, the journal, the clock. A group that is quiet takes no memory.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from nodes.alarms.life import Notice
from nodes.timing.deadlines import Deadlines

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class GroupRule:
    """wait_ns: from a group's first notice until it leaves; every_ns: least time from then to its next ones.

    members: a group leaves early when so many of its alarms have something to say.
    """

    wait_ns: int = 0
    every_ns: int = 0
    members: int = 1000


class Gathered(NamedTuple):
    """What leaves together: the newest notice of each alarm, the alarm that came first first."""

    group: str
    notices: dict[str, Facts]


class Groups:
    """Notices that wait, none is dropped: beyond `most` in all, the group that waits longest leaves early."""

    def __init__(self, rule: GroupRule, most: int):
        self._rule = rule
        self._most = most
        self._waiting: dict[str, dict[str, Facts]] = {}
        self._notices = 0
        self._due = Deadlines()
        self._sent_ns: dict[str, int] = {}  # oldest first; only of groups that may not speak again yet

    def add(self, group: str, key: str, notice: Facts, now_ns: int) -> list[Gathered]:
        """Keep the newest notice of an alarm; what leaves now because there is too much of it."""
        waiting = self._waiting.setdefault(group, {})
        if not waiting:
            self._due.set(group, self._earliest_ns(group, now_ns))
        self._notices += key not in waiting
        waiting[key] = notice
        left = [self._leave(group)] if len(waiting) >= self._rule.members else []
        while self._notices > self._most:
            left.append(self._leave(next(iter(self._waiting))))
        return left

    def next_deadline_ns(self) -> int | None:
        """When `on_time` has something to do."""
        return self._due.first_ns()

    def on_time(self, now_ns: int) -> list[Gathered]:
        """Groups whose time has come."""
        left = []
        while (group := self._due.pop(now_ns)) is not None:
            left.append(self._leave(group))
            self._spoke(group, now_ns)
        return left

    def snapshot(self, now_ns: int) -> dict[str, Any]:
        """Plain values; times count from `now_ns`."""
        due = [(group, self._due.at_ns(group) or now_ns) for group in self._waiting]
        waiting = [[group, at_ns - now_ns, self._waiting[group]] for group, at_ns in due]
        return {"waiting": waiting, "sent": [[group, at_ns - now_ns] for group, at_ns in self._sent_ns.items()]}

    def restore(self, state: dict[str, Any], now_ns: int) -> None:
        """Take over a snapshot."""
        for group, left_ns, notices in state["waiting"]:
            self._waiting[group] = dict(notices)
            self._notices += len(notices)
            self._due.set(group, now_ns + left_ns)
        self._sent_ns = {group: now_ns + ago_ns for group, ago_ns in state["sent"]}

    def _earliest_ns(self, group: str, now_ns: int) -> int:
        soon_ns, sent_ns = now_ns + self._rule.wait_ns, self._sent_ns.get(group)
        return soon_ns if sent_ns is None else max(soon_ns, sent_ns + self._rule.every_ns)

    def _leave(self, group: str) -> Gathered:
        notices = self._waiting.pop(group)
        self._notices -= len(notices)
        self._due.set(group, None)
        return Gathered(group, notices)

    def _spoke(self, group: str, now_ns: int) -> None:
        self._sent_ns.pop(group, None)
        self._sent_ns[group] = now_ns
        for old, at_ns in list(self._sent_ns.items()):
            if at_ns + self._rule.every_ns > now_ns and len(self._sent_ns) <= self._most:
                break
            del self._sent_ns[old]


class Members:
    """Which alarms of each group are active, as people were told: an alarm ends in the group in which it began."""

    def __init__(self) -> None:
        self._group: dict[str, str] = {}
        self._active: Counter[str] = Counter()

    def active(self, group: str) -> int:
        """How many."""
        return self._active[group]

    def follow(self, key: str, group: str, notice: Notice) -> str:
        """The group that a notice of `key` belongs to; `group` is the one it would have if it began now."""
        if notice == "raised":
            self._remove(key)
            self._group[key] = group
            self._active[group] += 1
            return group
        return (self._remove(key) if notice == "cleared" else self._group.get(key)) or group

    def snapshot(self) -> dict[str, str]:
        """Plain values."""
        return dict(self._group)

    def restore(self, state: dict[str, str]) -> None:
        """Take over a snapshot."""
        self._group, self._active = dict(state), Counter(state.values())

    def _remove(self, key: str) -> str | None:
        group = self._group.pop(key, None)
        if group is not None:
            self._active[group] -= 1
            if not self._active[group]:
                del self._active[group]
        return group


def summary(gathered: Gathered, active: int) -> Facts:
    """What people are told of a group: `active` alarms of it are on now; every member by its key."""
    members = [{"key": key, **notice} for key, notice in gathered.notices.items()]
    states = Counter(str(member.get("state")) for member in members)
    said = ", ".join(f"{count} {state}" for state, count in states.items())
    title = members[0].get("title") if len(members) == 1 else f"{gathered.group}: {said}".removeprefix(": ")
    state = "active" if active else "cleared"
    return {"state": state, "group": gathered.group, "title": title, "count": active, "members": _named(members)}


def _named(members: Sequence[Facts]) -> list[Facts]:
    return [{name: value for name, value in member.items() if name not in ("group", "priority")} for member in members]
