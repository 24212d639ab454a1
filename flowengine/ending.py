"""Ends tasks for certain.

Before Python 3.12 `asyncio.wait_for` loses a cancellation that comes together with its answer (cpython issue 86296), in
our libraries too: a task that was told once would go on, and whoever ends it wait for ever. `asyncio.TaskGroup` tells
its tasks once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

AGAIN_S: Final = 5.0
"""When a task is told again: what it has to put away meanwhile, it has time for."""


async def end(*tasks: asyncio.Task[Any], again_s: float = AGAIN_S) -> None:
    """Cancel these tasks and return when all have ended; what they raise on their way is nobody's any more."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=again_s)
    await asyncio.gather(*tasks, return_exceptions=True)  # taken, or asyncio would tell it as never looked at


async def side_by_side(*works: Coroutine[Any, Any, None]) -> None:
    """Run all until they return, or until one fails: the others are ended then, and its fault is raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        await end(*tasks, again_s=1.0)
    for task in tasks:
        if not task.cancelled():
            task.result()
