"""`alarms`: what becomes of alarms, and the list of those that are not normal."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, Literal

from pydantic import Field

from flowengine import Config, Example, Message, Outlet, Source
from flowengine.alarms import Change, Present
from flowengine.ending import side_by_side
from nodes.polling.calendar import due
from nodes.timing.cron import Cron
from nodes.timing.zones import ZoneName

What = Literal["raised", "cleared", "acknowledged", "other"]
ACTIVE = ("active_unacknowledged", "active_acknowledged")
URGENCY = ("critical", "high", "medium", "low")
MOST_WAITING = 10_000
"""Changes that wait for a slow flow; beyond it the oldest are dropped and counted."""


class AlarmsConfig(Config):
    """Settings of `alarms`."""

    of: str | list[str] = "*"
    """Whose alarms, as FLOW/NODE; `*` stands for any text: `cold_store/*`. All of this engine by default."""

    changes: list[What] = Field(default=["raised", "cleared", "acknowledged"])
    """Which changes leave by port `out`; `other` are all else, such as shelved, stale or escalated."""

    initial: bool = False
    """Send alarms that are active at the start as `raised`, too. Then none is missed that was raised before this node
    ran, and those that were told before come again."""

    list_: str | None = None
    """When the list leaves by port `list`, as a cron expression: `0 7 * * mon-fri`."""

    zone: ZoneName = "UTC"
    """Time zone of `list`, such as `Europe/Berlin`."""

    @cached_property
    def calendar(self) -> Cron | None:
        """When the list is due. Raises `ValueError` for a wrong one."""
        return Cron(self.list_, self.zone) if self.list_ is not None else None


class Alarms(Source):
    """Send each change of an alarm of any flow of this engine, and at set times the list of all that are not normal.

    A change has `flow`, `node`, `key`, `what` happened, `title`, `priority`, `value`, the states `old` and `new`,
    `actor` and `comment`. The list has `count`, how many are `active`, and `alarms`, the most urgent first. What
    happened before this node ran is in the list only. An `alert` behind this node must not be among `of`.
    """

    config: AlarmsConfig
    runs_in_tests = True
    outputs = ("out", "list")
    examples = (
        Example("Every alarm of the plant", "{}"),
        Example("What was acknowledged in the cold store", "{of: 'cold_store/*', changes: [acknowledged]}"),
        Example("The list for the morning", "{changes: [], list: '0 7 * * *', zone: Europe/Berlin}"),
    )

    @classmethod
    def gives_time(cls, config: Config) -> bool:
        return True

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, AlarmsConfig)
        try:
            _ = config.calendar
        except ValueError as fault:
            return [("list", str(fault))]
        return [] if config.changes or config.list_ else [("changes", "needs `changes`, `list` or both")]

    def start(self) -> None:
        self._of = [self.config.of] if isinstance(self.config.of, str) else self.config.of
        self._waiting: deque[Change] = deque()
        self._woken = asyncio.Event()

    async def run(self, emit: Outlet) -> None:
        stop = self.context.alarms.watch(self._take)
        if self.config.initial:
            self._take([_raised(each, self.context.clock.time_ns()) for each in self._active()])
        try:
            calendar = self.config.calendar
            await side_by_side(self._tell(emit), *([self._list(emit, calendar)] if calendar is not None else []))
        finally:
            stop()

    def _take(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if self._is_of(change) and what_of(change.entry) in self.config.changes:
                self._waiting.append(change)
        if (over := len(self._waiting) - MOST_WAITING) > 0:
            for _ in range(over):
                self._waiting.popleft()
            self.context.drop("more changes of alarms than the flow takes", over)
        self._woken.set()

    async def _tell(self, emit: Outlet) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            waiting, self._waiting = self._waiting, deque()
            if waiting:
                await emit([_message(change) for change in waiting])

    async def _list(self, emit: Outlet, calendar: Cron) -> None:
        async for time_ns in due(calendar, self.context.clock):
            await emit(Message(self._present(), "", time_ns), port="list")

    def _active(self) -> list[Present]:
        return [each for each in self.context.alarms.present() if each.row["state"] in ACTIVE]

    def _present(self) -> dict[str, Any]:
        alarms = filter(self._is_of, self.context.alarms.present())
        found = [{"flow": each.flow, "node": each.node, **each.row} for each in alarms]
        found.sort(key=lambda row: (row["state"] not in ACTIVE, URGENCY.index(row.get("priority", "medium"))))
        return {"count": len(found), "active": sum(row["state"] in ACTIVE for row in found), "alarms": found}

    def _is_of(self, alarm: Change | Present) -> bool:
        return any(fnmatchcase(f"{alarm.flow}/{alarm.node}", pattern) for pattern in self._of)


def what_of(entry: Mapping[str, Any]) -> What:
    """What happened, by the states before and after."""
    old, new = entry["old"] in ACTIVE, entry["new"] in ACTIVE
    if entry["new"] == "active_unacknowledged" and not old:
        return "raised"
    if old and entry["new"] in ("normal", "cleared_unacknowledged"):
        return "cleared"
    return "acknowledged" if entry["reason"] == "acknowledged" and (new or old or entry["new"] == "normal") else "other"


def _raised(alarm: Present, at_ns: int) -> Change:
    """An alarm that is active as if it had been raised now."""
    row = {name: value for name, value in alarm.row.items() if name != "state"}
    told = {"old": "normal", "new": "active_unacknowledged", "reason": "present", "actor": "", "comment": ""}
    return Change(alarm.flow, alarm.node, {**row, **told}, at_ns)


def _message(change: Change) -> Message:
    payload = {"flow": change.flow, "node": change.node, "what": what_of(change.entry), **change.entry}
    return Message(payload, "", change.at_ns, {"flow": change.flow, "node": change.node, "key": change.entry["key"]})
