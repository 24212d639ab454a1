"""Runs an agenda by the time of the event loop, real or virtual. Never here: what is on it."""

import asyncio

from nodes.simulator.agenda import Agenda

LONGEST_SLEEP_S = 1.0


async def perform(agenda: Agenda, length_s: float | None = None) -> None:
    """Do everything on the agenda in its time, for `length_s` or until cancelled."""
    loop = asyncio.get_running_loop()
    start_s = loop.time() - agenda.now_s
    while length_s is None or agenda.now_s < length_s:
        agenda.run_until(loop.time() - start_s)
        next_s = agenda.next_s
        wait_s = LONGEST_SLEEP_S if next_s is None else next_s - (loop.time() - start_s)
        await asyncio.sleep(min(max(wait_s, 0.0), LONGEST_SLEEP_S))
