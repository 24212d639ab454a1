"""kill -9 at random moments under load, state behind a spool: windows count exactly, each alarm is raised once."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.faults.amounts import amount
from tests.faults.conftest import Line
from tests.faults.exact_state import exact, flow, payload, prepared

KILLS = amount("STATE_KILLS", 6, 200)
LIFE_S = 1.5
"""How long an engine lives on average once it is ready; it commits ten times a second or less."""


@pytest.mark.faults
@pytest.mark.timeout(120 + 8 * KILLS)
async def test_a_kill_changes_no_window_and_raises_no_alarm_twice(line: Line) -> None:
    rng = random.Random(5)
    prepared(line)
    async with line.engine(flow(line)) as engine, line.publisher(rate=400) as publisher:
        publisher.payload = payload
        await line.flowing(publisher)
        for _ in range(KILLS):
            await asyncio.sleep(rng.expovariate(1 / LIFE_S))
            await engine.kill()
            await engine.start()
        await publisher.stop()
        print(f"{KILLS} kills:", await exact(line, publisher.acknowledged))
        assert await engine.terminate() == 0
