"""Waiting for what nobody announces: another process, a thread, a server. Judges nothing."""

import asyncio
import inspect
from collections.abc import Callable, Sized
from typing import Any


async def until(holds: Callable[[], Any], timeout_s: float = 30, says: Callable[[], str] = str) -> Any:
    """The first true answer of `holds`, which may be a coroutine. Fails after the time-out, with what `says` gives."""
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                answer = holds()
                if inspect.isawaitable(answer):
                    answer = await answer
                if answer:
                    return answer
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"not within {timeout_s} s {says()}") from None


async def length(things: Sized, count: int) -> None:
    """Return when there are so many."""
    await until(lambda: len(things) >= count, 10, lambda: f"only {len(things)} of {count}: {things!r:.500}")
