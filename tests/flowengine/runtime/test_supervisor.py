"""Tasks are owned: one that fails is told and comes back, one that is stopped has ended, neighbours go on."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

import pytest

from flowengine.runtime.supervisor import Supervisor


def failing(times: int, then: asyncio.Event) -> Callable[[], Awaitable[None]]:
    left = [times]

    async def work() -> None:
        if left[0]:
            left[0] -= 1
            raise ValueError("the port is gone")
        then.set()

    return work


async def test_a_task_that_fails_is_counted_told_and_started_again(caplog: pytest.LogCaptureFixture) -> None:
    supervisor, done = Supervisor(random.Random(1)), asyncio.Event()
    with caplog.at_level(logging.ERROR):
        supervisor.start(("source", "in"), failing(2, done))
        await done.wait()
    assert supervisor.failures == {("source", "in"): 2}
    assert supervisor.last_failure == "('source', 'in'): ValueError: the port is gone"
    assert len(caplog.records) == 1, "the same again is news after a while only"
    await supervisor.stop_all()


async def test_the_failure_of_one_leaves_its_neighbour_running() -> None:
    supervisor, done = Supervisor(random.Random(1)), asyncio.Event()
    supervisor.start("neighbour", asyncio.Event().wait)  # type: ignore[arg-type]
    supervisor.start("failing", failing(1, done))
    await done.wait()
    assert supervisor.running("neighbour")
    await supervisor.stop_all()


async def test_a_task_that_returns_is_done_and_not_dead() -> None:
    supervisor, done = Supervisor(random.Random(1)), asyncio.Event()
    supervisor.start("once", failing(0, done))
    await done.wait()
    await asyncio.sleep(0)
    assert not supervisor.running("once") and supervisor.dead == [] and supervisor.keys == ["once"]


async def test_a_stopped_task_has_ended_when_stop_returns() -> None:
    supervisor, said = Supervisor(random.Random(1)), list[str]()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            said.append("closed")

    supervisor.start("port", work)
    await asyncio.sleep(0)
    await supervisor.stop(["port", "nobody"])
    assert said == ["closed"] and supervisor.keys == []


async def test_a_key_is_taken_once() -> None:
    supervisor = Supervisor(random.Random(1))
    supervisor.start("port", asyncio.Event().wait)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="port is running already"):
        supervisor.start("port", asyncio.Event().wait)  # type: ignore[arg-type]
    await supervisor.stop_all()


async def test_a_task_that_was_cancelled_from_elsewhere_is_dead() -> None:
    supervisor = Supervisor(random.Random(1))
    supervisor.start("port", asyncio.Event().wait)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    [task] = [task for task in asyncio.all_tasks() if task.get_name() == "port"]
    task.cancel()
    await asyncio.wait([task])
    assert supervisor.dead == ["port"]
