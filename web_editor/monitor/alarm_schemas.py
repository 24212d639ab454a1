"""Alarms as docs/api.md has them. Follows nothing."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from web_editor.monitor.watched_points import Limit

State = Literal["normal", "active_unacknowledged", "active_acknowledged", "cleared_unacknowledged"]
Priority = Literal["low", "medium", "high", "critical"]
STATES = ("normal", "active_unacknowledged", "active_acknowledged", "cleared_unacknowledged")
ACTIVE = ("active_unacknowledged", "active_acknowledged")
HIDDEN = ("shelved", "out_of_service", "suppressed")
"""States that a node tells of an alarm that is kept silent; what lies below them is then not told."""

_URGENCY = {"active_unacknowledged": 0, "cleared_unacknowledged": 1, "active_acknowledged": 2, "normal": 3}
_PRIORITIES = ("critical", "high", "medium", "low")


class Acknowledged(msgspec.Struct):
    """Who has seen it."""

    by: str
    at_ms: float
    comment: str


class Shelved(msgspec.Struct):
    """Who silenced it; until it clears when `until_ms` is null."""

    by: str
    at_ms: float
    until_ms: float | None
    reason: str


class OutOfService(msgspec.Struct):
    """Who took it out of service."""

    by: str
    at_ms: float
    reason: str


class Alarm(msgspec.Struct):
    """One alarm, now."""

    id: str
    flow: str
    node: str
    key: str
    title: str
    priority: Priority = "medium"
    state: State = "normal"
    value: Any = None
    unit: str | None = None
    since_ms: float = 0.0
    count: int = 0
    acknowledged: Acknowledged | None = None
    shelved: Shelved | None = None
    out_of_service: OutOfService | None = None
    stale: bool = False
    uncertain: bool = False
    """All that is known is a value that a broker had kept, which raises: nobody was told."""

    comments: int = 0
    group: str | None = None
    note: str = ""
    """What to do, as the node's `note` says it."""

    condition: str = ""
    """What raises it, as the flow says it, limits filled in; empty where the node has none."""

    point: str | None = None
    """The point whose value it watches, null where the flow does not tell."""

    limits: list[Limit] = []
    """The numbers with which its value is compared; empty where the condition compares none."""

    @property
    def unacknowledged(self) -> bool:
        """Whether somebody has to say that he has seen it."""
        return self.state in ("active_unacknowledged", "cleared_unacknowledged")

    @property
    def at_rest(self) -> bool:
        """Whether there is nothing to see."""
        return self.state == "normal" and not (self.shelved or self.out_of_service or self.stale or self.uncertain)

    def urgency(self) -> tuple[bool, int, int, float]:
        """A key to sort by: what nobody has seen first, then by priority, then the newest."""
        hidden = self.shelved is not None or self.out_of_service is not None
        return hidden, _URGENCY[self.state], _PRIORITIES.index(self.priority), -self.since_ms


Happening = Literal[
    "raised", "cleared", "acknowledged", "shelved", "unshelved", "out_of_service", "in_service", "comment", "stale",
    "fresh", "uncertain", "certain", "escalated",
]  # fmt: skip


class AlarmEvent(msgspec.Struct):
    """One thing that happened to an alarm."""

    id: str
    alarm: str
    title: str
    at_ms: float
    by: str | None
    event: Happening
    comment: str
    value: Any
