"""The power fails under load; what was not synced is gone or torn: nothing that was acknowledged is missing."""

from __future__ import annotations

import asyncio
import random
import signal

import pytest

from tests.faults.amounts import amount
from tests.faults.conftest import Line

CUTS = amount("POWER_CUTS", 10, 200)


@pytest.mark.faults
@pytest.mark.timeout(60 + 6 * CUTS)
async def test_nothing_acknowledged_is_missing_after_power_cuts(line: Line) -> None:
    rng = random.Random(11)
    disk = line.folder / "disk.pickle"
    flow = line.flow(durable=True).replace("every: 50ms", "every: 1s")  # so that much is on disk alone
    running = line.engine(flow, module="tests.faults.power_cut", environment={"POWER_CUT_DISK": str(disk)})
    async with running as engine, line.publisher() as publisher:
        await line.flowing(publisher)
        for _ in range(CUTS):
            await asyncio.sleep(rng.uniform(0.2, 0.8))
            engine.signal(signal.SIGUSR1)
            assert await engine.ended() == 137
            await engine.start()
        await publisher.stop()
        numbers = await line.complete(publisher)
        assert await engine.metric("unaccounted_messages") == 0
    repeated = len(numbers) - len(set(numbers))
    assert len(publisher.acknowledged) > 20 * CUTS
    print(f"{len(publisher.acknowledged)} acknowledged, 0 missing, {repeated} repeated after {CUTS} power cuts")
