"""Waiting for what a node on the network does. Judges nothing."""

import asyncio
from collections.abc import Callable, Sized


async def until(holds: Callable[[], object], timeout_s: float = 10, says: Callable[[], str] = str) -> None:
    """Return when the condition holds. Fails after the time-out, with what `says` gives."""
    try:
        async with asyncio.timeout(timeout_s):
            while not holds():  # noqa: ASYNC110 - what is waited for lies in another process
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"not within {timeout_s} s {says()}") from None


async def length(things: Sized, count: int) -> None:
    """Return when there are so many."""
    await until(lambda: len(things) >= count, says=lambda: f"only {len(things)} of {count}: {things!r:.500}")
