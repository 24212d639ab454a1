"""SIGTERM under load: intake stops, all is drained in the deadline, nothing is missing or repeated."""

from __future__ import annotations

import asyncio
import random
import signal

import pytest

from tests.faults.amounts import amount
from tests.faults.conftest import Line
from tests.waiting import until

STOPS = amount("STOPS", 10, 100)
SECOND_SIGNALS = amount("SECOND_SIGNALS", 3, 100)


@pytest.mark.faults
@pytest.mark.timeout(60 + 6 * STOPS)
async def test_stops_under_load_lose_and_repeat_nothing(line: Line) -> None:
    rng = random.Random(5)
    async with line.engine(options=["--drain", "10"]) as engine, line.publisher() as publisher:
        await line.flowing(publisher)
        for _ in range(STOPS):
            await asyncio.sleep(rng.uniform(0.0, 0.4))
            assert await engine.terminate() == 0, engine.log.read_text()[-2000:]  # 3 where it took longer than that
            await engine.start()
        await publisher.stop()
        await line.complete(publisher)
        assert await engine.terminate() == 0
    numbers = line.stored()
    assert len(numbers) == len(set(numbers)), f"{len(numbers) - len(set(numbers))} repeated"
    print(f"{len(publisher.acknowledged)} acknowledged, 0 missing, 0 repeated after {STOPS} stops")


@pytest.mark.faults
async def test_what_a_dead_sink_leaves_is_reported_and_comes_again(line: Line) -> None:
    away = line.flow().replace(f"sqlite:///{line.db}", "postgresql://nobody@127.0.0.1:1/none")
    # Longer than the client keeps a filter that nobody wants: a draining engine must not unsubscribe.
    async with line.engine(away, options=["--drain", "7"]) as engine, line.publisher(rate=200) as publisher:
        await line.arriving(engine, publisher)
        await until(lambda: len(publisher.acknowledged_at) > 200)
        assert await engine.terminate() == 3
        assert engine.says("not delivered; not acknowledged either")
        await publisher.stop()
        engine.write_flow(line.flow())
        await engine.start()
        await line.complete(publisher)


@pytest.mark.faults
@pytest.mark.timeout(60 + 6 * SECOND_SIGNALS)
async def test_a_second_signal_ends_the_drain_at_once(line: Line) -> None:
    away = line.flow().replace(f"sqlite:///{line.db}", "postgresql://nobody@127.0.0.1:1/none")
    rng = random.Random(12)
    async with line.engine(away, options=["--drain", "600"]) as engine, line.publisher() as publisher:
        for _ in range(SECOND_SIGNALS):
            await line.arriving(engine, publisher)
            engine.signal(signal.SIGTERM)
            await asyncio.sleep(rng.uniform(0.1, 0.5))
            engine.signal(signal.SIGTERM)
            assert await engine.ended() == 130
            await engine.start()
    print(f"{SECOND_SIGNALS} times a second SIGTERM ended the drain at once")
