"""Tasks end, also those that lose a cancellation."""

import asyncio

from flowengine.ending import end


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
    async with asyncio.timeout(10):
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
