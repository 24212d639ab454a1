"""Tasks end, also those that lose a cancellation."""

import asyncio

import pytest

from flowengine.ending import end, side_by_side


async def test_a_task_that_lost_its_cancellation_is_told_again() -> None:
    lost = 0

    async def deaf() -> None:
        nonlocal lost
        while lost < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                lost += 1
        await asyncio.Event().wait()

    tasks = [asyncio.create_task(deaf()), asyncio.create_task(asyncio.Event().wait())]
    await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await end(*tasks, again_s=0.01)
    assert lost == 2 and all(task.cancelled() for task in tasks)


async def test_what_a_task_puts_away_is_waited_for_and_its_fault_is_its_own() -> None:
    put_away = asyncio.Event()

    async def tidy() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            put_away.set()
            raise ValueError("mine")

    task = asyncio.create_task(tidy())
    await asyncio.sleep(0)
    await end(task)
    assert put_away.is_set() and isinstance(task.exception(), ValueError)
    await end(task)
    await end()


async def test_works_beside_each_other_end_together_also_one_that_lost_its_cancellation() -> None:
    lost = 0

    async def deaf() -> None:
        nonlocal lost
        while not lost:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                lost += 1
        await asyncio.Event().wait()

    async def forever() -> None:
        await asyncio.Event().wait()

    both = asyncio.create_task(side_by_side(deaf(), forever()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await end(both)
    assert lost == 1 and both.cancelled()


async def test_one_that_fails_ends_the_others_and_its_fault_is_raised() -> None:
    ended = asyncio.Event()

    async def other() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def fails() -> None:
        await asyncio.sleep(0)
        raise ValueError("mine")

    async def returns() -> None:
        await asyncio.sleep(0)

    with pytest.raises(ValueError, match="mine"):
        await side_by_side(other(), fails(), returns())
    assert ended.is_set()
    await side_by_side(returns(), returns())
