"""A spool with a torn end, damage in its middle, a full disk: it starts within 5 s, undamaged rows are kept."""

from __future__ import annotations

import asyncio
import os
import random
import time
from pathlib import Path

import pytest

from tests.faults.conftest import Line
from tests.faults.engine_process import EngineProcess
from tests.flowengine.store.spool.test_disk_full import mounting
from tests.waiting import lasts, until

START_S = 5.0
SMALL_DISK = {"SMALL_DISK_BYTES": str(6 * 2**20)}
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


async def with_a_backlog(line: Line, engine: EngineProcess, count: int = 3000) -> set[int]:
    """What was acknowledged and is now in the spool of a killed engine; the broker has nothing left."""
    async with line.publisher(batch=100) as publisher:
        await line.arriving(engine, publisher)
        await until(lambda: len(publisher.acknowledged_at) > count)
        await publisher.stop()
        async with asyncio.timeout(60):
            while await engine.metric("spool_records") < publisher.sent - 400 or await engine.metric(  # noqa: ASYNC110
                "unsettled_messages"
            ):
                await asyncio.sleep(0.05)
        await lasts(0.3, "what is settled is marked as read with the next group")
    await engine.kill()
    return publisher.acknowledged


def segments(engine: EngineProcess) -> list[Path]:
    """Files of the spool that hold records, oldest first."""
    return sorted((engine.data / "flows").rglob("spool/*.seg*"))


async def restarted(line: Line, engine: EngineProcess) -> float:
    """Seconds from a start with the real sink to readiness."""
    engine.write_flow(line.flow(durable=True))
    began_s = time.monotonic()
    await engine.start()
    return time.monotonic() - began_s


def dead_end(line: Line) -> str:
    """The flow with a database that is not there."""
    return line.flow(durable=True).replace(f"sqlite:///{line.db}", NOWHERE)


@pytest.mark.faults
async def test_a_torn_tail_costs_nothing_that_was_acknowledged(line: Line) -> None:
    async with line.engine(dead_end(line)) as engine:
        acknowledged = await with_a_backlog(line, engine)
        last = segments(engine)[-1]
        whole = last.read_bytes().rstrip(b"\0")
        with open(last, "r+b") as file:  # half a frame, as a power cut leaves it
            file.seek(len(whole))
            file.write(whole[-3000:-1000])
        assert await restarted(line, engine) < START_S
        await until(lambda: acknowledged <= set(line.stored()))
        assert await engine.metric("unaccounted_messages") == 0


@pytest.mark.faults
async def test_flipped_bytes_cost_their_frames_and_are_counted(line: Line) -> None:
    rng = random.Random(8)
    async with line.engine(dead_end(line)) as engine:
        acknowledged = await with_a_backlog(line, engine)
        first = segments(engine)[0]
        size = len(first.read_bytes().rstrip(b"\0"))
        with open(first, "r+b") as file:
            for place in (rng.randrange(size // 4, size // 2) for _ in range(3)):
                file.seek(place)
                byte = file.read(1)
                file.seek(place)
                file.write(bytes((byte[0] ^ 0xFF,)))
        assert await restarted(line, engine) < START_S
        async with asyncio.timeout(60):
            while await engine.metric("spool_records"):  # noqa: ASYNC110 - a process cannot tell
                await asyncio.sleep(0.05)
        await until(lambda: max(acknowledged) in line.stored())
        missing = len(acknowledged - set(line.stored()))
        lost = await engine.metric("spool_lost_total")
        assert 0 < missing <= lost < len(acknowledged) / 2
    print(f"3 flipped bytes: {missing} of {len(acknowledged)} missing, {lost:.0f} counted as lost")


@pytest.mark.faults
@pytest.mark.timeout(120)
async def test_a_full_disk_slows_the_source_and_loses_nothing(line: Line, tmp_path: Path) -> None:
    (small := tmp_path / "data").mkdir()
    words = [word.replace("size=1m", "size=6m,mode=700") for word in mounting(small)]
    # A plain user of a container may not mount anything: then the disk is a simulated one.
    disk = {"words": words} if words else {"module": "tests.faults.small_disk", "environment": SMALL_DISK}
    async with line.engine(dead_end(line), options=["--watch"], **disk) as engine:
        async with line.publisher(batch=100) as publisher:
            publisher.payload = lambda n: {"n": n, "ballast": os.urandom(400).hex()}
            await line.arriving(engine, publisher)
            async with asyncio.timeout(40):
                while await engine.metric("spool_healthy"):  # noqa: ASYNC110 - a process cannot tell
                    await asyncio.sleep(0.05)
            assert (await engine.get("/healthz"))[0] == 200
            await lasts(1.0, "load while the disk is full")
            await publisher.stop()
            engine.write_flow(line.flow(durable=True))  # the database is there again, outside the small disk
            await line.complete(publisher)
        async with asyncio.timeout(60):
            while not await engine.metric("spool_healthy"):  # noqa: ASYNC110 - a process cannot tell
                await asyncio.sleep(0.05)
        assert await engine.metric("unaccounted_messages") == 0
    print(f"{len(publisher.acknowledged)} acknowledged through a full disk of 6 MiB, 0 missing")
