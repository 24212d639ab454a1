"""Turns what happened to the alarms of an `alert` node into messages: one for the journal, one for people or a group.

Never here: when an alarm is raised or cleared, and what operators may do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from flowengine import Context, Message
from flowengine.expression import Expression, Template, compile_template
from flowengine.expression.filling import rfc3339
from nodes.alarms.alerts import Transition
from nodes.alarms.entries import Telling
from nodes.alarms.groups import Gathered, GroupRule, Groups, Members, summary
from nodes.alarms.lateness import Lateness
from nodes.alarms.reading import value_of
from nodes.alarms.settings import Group

Ports = dict[str, list[Message]]
PORTS = ("out", "escalated")
"""Where people are told."""


class Wording(NamedTuple):
    """What is said of an alarm: its keys, its title, the value watched and its unit, how urgent it is."""

    by: Template | None
    title: Template | None
    value: Expression | None
    priority: str
    unit: Template | None = None


class Notices:
    """The messages of one node, by port; those of a group wait here for each other."""

    def __init__(
        self,
        context: Context,
        wording: Wording,
        group: Group | None,
        most: int,
        judged: Callable[[str], float | None] | None = None,
    ):
        """`judged` gives the figure that the condition looks at; without one it is the value itself that is shown."""
        self._context = context
        self._wording = wording
        self._group = group
        names = wording.by.names if wording.by else ()
        self._keys = {name.rpartition(".")[2]: compile_template(f"{{{name}}}") for name in names}
        self._judged = judged
        self._lateness = Lateness(most)
        self.telling = Telling(self._describe, most)
        self._members = Members()
        # Without `group` a flow may have had one before: what it gathered leaves when its time comes.
        self._groups = {port: Groups(group.rule() if group else GroupRule(), most) for port in PORTS}

    def seen(self, keys: Sequence[str], messages: Sequence[Message]) -> None:
        """Samples of these keys are about to be judged, or (one) was when it raised its alarm."""
        self._lateness.observe(keys, messages, self._context.clock.time_ns())

    def of(
        self, transitions: Iterable[Transition], now_ns: int, operated: Iterable[tuple[Transition, str]] = ()
    ) -> Ports:
        """Messages that leave now, of what operators did with what they said, of transitions by themselves, and of
        groups that are complete."""
        ports: Ports = {"out": [], "journal": [], "escalated": []}
        wall_ns = self._context.clock.time_ns()
        for line, comment in (*operated, *((each, "") for each in transitions)):
            at_ns = wall_ns - max(0, now_ns - line.at_ns)
            ports["journal"].append(self._message(line.key, self.telling.entry(line, comment), at_ns))
            late_ns = self._lateness.of(line.key) if line.reason == "condition" else 0
            notice = self.telling.notice(line, rfc3339(at_ns - late_ns))
            if notice is None:
                continue
            port = "escalated" if line.notice == "escalated" else "out"
            if self._group is None:
                about = {"key": line.key, "state": notice["state"]}
                ports[port].append(self._message(line.key, notice, at_ns, about))
            else:
                ports[port] += self._gather(port, line, notice, now_ns)
        for port, groups in self._groups.items():
            ports[port] += [self._together(port, gathered) for gathered in groups.on_time(now_ns)]
        return ports

    def next_deadline_ns(self) -> int | None:
        """When a group is complete."""
        times = [groups.next_deadline_ns() for groups in self._groups.values()]
        return min((each for each in times if each is not None), default=None)

    def snapshot(self, keys: Iterable[str], now_ns: int) -> dict[str, Any]:
        """Plain values; of `keys` what is known."""
        groups = {port: groups.snapshot(now_ns) for port, groups in self._groups.items()}
        return {"told": self.telling.snapshot(keys), "groups": groups, "members": self._members.snapshot()}

    def restore(self, state: dict[str, Any], now_ns: int) -> None:
        """Take over a snapshot, also of a time before there were groups."""
        self.telling.restore(state["told"])
        self._members.restore(state.get("members", {}))
        for port, gathered in state.get("groups", {}).items():
            self._groups[port].restore(gathered, now_ns)

    def _gather(self, port: str, line: Transition, notice: dict[str, Any], now_ns: int) -> list[Message]:
        assert line.notice is not None
        group = self._members.follow(line.key, str(notice.get("group", "")), line.notice)
        left = self._groups[port].add(group, line.key, notice, now_ns)
        return [self._together(port, gathered) for gathered in left]

    def _together(self, port: str, gathered: Gathered) -> Message:
        told = {**summary(gathered, self._members.active(gathered.group)), "priority": self._wording.priority}
        if port == "escalated":
            told["escalated"] = True
        last = next(reversed(gathered.notices))
        about = {"key": gathered.group, "state": told["state"]}
        return self._message(last, told, self._context.clock.time_ns(), about)

    def _message(self, key: str, payload: Any, at_ns: int, alarm: dict[str, Any] | None = None) -> Message:
        context, last = self._context, self.telling.item(key) or Message()
        meta = {name: value for name, value in last.meta.items() if name != "retained"}  # the notice is none
        if alarm is not None:
            meta["alarm"] = {"node": context.node, **alarm}
        return Message(payload, last.topic, at_ns, meta, context.clock.time_ns(), context.next_id())

    def _describe(self, key: str, message: Message) -> dict[str, Any]:
        wording, title, value = self._wording, self._context.node, None
        try:
            if wording.title:
                title = wording.title.fill(message)
            value = value_of(wording.value, message) if self._judged is None else self._judged(key)
        except ValueError:  # a message without what the title shows must not silence its alarm
            title, value = self._context.node, None
        names = {name: template.value(message) for name, template in self._keys.items()}
        facts = {**names, "title": title, "priority": wording.priority, "value": value}
        if unit := _filled(wording.unit, message):
            facts["unit"] = unit
        return facts if self._group is None else {**facts, "group": _filled(self._group.by, message)}


def _filled(text: Template | None, message: Message) -> str:
    try:
        return text.fill(message) if text else ""
    except ValueError:  # as for the title
        return ""
