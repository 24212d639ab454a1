"""kill -9 at random moments under load: nothing that was acknowledged to the publisher is missing."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.faults.amounts import amount
from tests.faults.conftest import Line

KILLS = amount("KILLS", 100, 500)
IN_FLIGHT = 400
"""What a kill may repeat on average: batches of 100 that are in the sink, behind it, or being read again."""


@pytest.mark.faults
@pytest.mark.timeout(60 + 6 * KILLS)
@pytest.mark.parametrize("durable", [False, True], ids=["held in RAM", "spooled"])
async def test_nothing_acknowledged_is_missing_after_kills(line: Line, durable: bool) -> None:
    rng = random.Random(4)
    async with line.engine(line.flow(durable=durable)) as engine, line.publisher() as publisher:
        await line.flowing(publisher)
        for _ in range(KILLS):
            await asyncio.sleep(rng.uniform(0.0, 0.4))
            await engine.kill()
            await engine.start()
        await publisher.stop()
        numbers = await line.complete(publisher)
        assert await engine.terminate() == 0
    numbers = line.stored()
    assert not publisher.acknowledged - set(numbers)
    assert len(publisher.acknowledged) > 20 * KILLS
    repeated = len(numbers) - len(set(numbers))
    assert repeated <= KILLS * IN_FLIGHT
    print(f"{len(publisher.acknowledged)} acknowledged, 0 missing, {repeated} repeated after {KILLS} kills")
