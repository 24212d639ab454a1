"""Waits for what a calendar says, on a clock that somebody may set."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from flowengine.clock import Clock
from nodes.timing.cron import Cron

LONGEST_SLEEP_S = 60.0
"""The calendar is looked at again this often, since clocks are set."""


async def due(calendar: Cron, clock: Clock) -> AsyncIterator[int]:
    """Each time of the calendar from now on, in UTC nanoseconds, when it has come."""
    now_ns = clock.time_ns()
    while True:
        next_ns = calendar.next_after(now_ns)
        while (wait_s := (next_ns - clock.time_ns()) / 1e9) > 0:  # noqa: ASYNC110 - nobody tells when time comes
            await asyncio.sleep(min(wait_s, LONGEST_SLEEP_S))
        yield next_ns
        # Never before what was sent, so that a clock set back repeats nothing.
        now_ns = max(next_ns, clock.time_ns())
