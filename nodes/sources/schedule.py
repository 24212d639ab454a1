"""`schedule`: say what holds now by a weekly plan, and each time it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from flowengine import Config, Example, Message, Outlet, Source
from nodes.timing.cron import CronEdges
from nodes.timing.weekly import Weekly
from nodes.timing.zones import ZoneName

LONGEST_SLEEP_S = 30.0
"""So soon a clock that was set is noticed."""


class Edges(Config):
    """When it turns on and when off: minute hour day month weekday, with seconds before them if there are six."""

    on: str
    """When it turns on, such as `0 6 * * mon-fri`."""

    off: str
    """When it turns off, such as `30 8 * * mon-fri`."""


class ScheduleConfig(Config):
    """Settings of `schedule`."""

    weekly: Annotated[dict[str, str | list[str]], Field(min_length=1)] | None = None
    """When it is on, by days: `{mon-fri: ["06:00-08:30", "16:00-22:00"], sat,sun: "07:00-23:00"}`; over midnight
    `22:00-06:00`; `daily` is every day."""

    cron: Edges | None = None
    """Or when it turns on and off, as cron expressions: `{on: "0 6 * * *", off: "0 22 L * *"}`."""

    zone: ZoneName = "UTC"
    """Time zone of the plan, such as `Europe/Berlin`; a wall clock's hours stay the same over summer time."""

    on: Any = True
    """Payload while it is on."""

    off: Any = False
    """Payload while it is off."""

    topic: str = ""
    """Topic of the messages."""


class Schedule(Source):
    """Send the present state at the start and at each change. A change that was missed is told as soon as it can be."""

    config: ScheduleConfig
    category = "tool"
    runs_in_tests = True
    examples = (
        Example("Heating hours", "{weekly: {mon-fri: ['06:00-08:30', '16:00-22:00'], 'sat,sun': '07:00-23:00'}}"),
        Example("Days by cron", "cron: {on: '0 6 1-7 * *', off: '0 18 * * *'}"),
        Example(
            "Who is on call at night", "{weekly: {daily: '22:00-06:00'}, zone: Europe/Berlin, on: night, off: day}"
        ),
    )

    @classmethod
    def gives_time(cls, config: Config) -> bool:
        return True

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, ScheduleConfig)
        if (config.weekly is None) == (config.cron is None):
            return [("weekly", "needs either `weekly` or `cron`")]
        try:
            _plan(config)
        except ValueError as fault:
            return [("weekly" if config.weekly else "cron", str(fault))]
        return ()

    async def run(self, emit: Outlet) -> None:
        clock, plan = self.context.clock, _plan(self.config)
        told: bool | None = None
        while True:
            now_ns = clock.time_ns()
            holds = plan.holds(now_ns)
            if holds is not told:
                told = holds
                await emit(Message(self.config.on if holds else self.config.off, self.config.topic, now_ns))
            next_ns = plan.next_change(clock.time_ns())
            wait_s = LONGEST_SLEEP_S if next_ns is None else max(0.0, (next_ns - clock.time_ns()) / 1e9)
            await asyncio.sleep(min(wait_s, LONGEST_SLEEP_S))


def _plan(config: ScheduleConfig) -> Weekly | CronEdges:
    """Raises ValueError."""
    if config.cron is not None:
        return CronEdges(config.cron.on, config.cron.off, config.zone)
    return Weekly(config.weekly or {}, config.zone)
