"""Waiting for what nobody announces: another process, a thread, a server. Judges nothing."""

import asyncio
import inspect
import os
import time
from collections.abc import Callable, Sized
from typing import Any

PATIENCE_S = float(os.environ.get("FLOWENGINE_PATIENCE_S", 60))
"""What is waited for comes at once on a quiet machine; only a busy one, or a fault, makes anybody wait for longer."""


async def until(
    holds: Callable[[], Any], timeout_s: float = PATIENCE_S, says: Callable[[], str] = str, pause_s: float = 0.005
) -> Any:
    """The first true answer of `holds`, which may be a coroutine. Fails after the time-out, with what `says` gives."""
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                answer = holds()
                if inspect.isawaitable(answer):
                    answer = await answer
                if answer:
                    return answer
                await asyncio.sleep(pause_s)
    except TimeoutError:
        raise AssertionError(f"not within {timeout_s} s {says()}") from None


async def eventually(
    ask: Callable[[], Any], holds: Callable[[Any], object], timeout_s: float = PATIENCE_S, pause_s: float = 0.1
) -> Any:
    """The first answer of `ask`, a coroutine, that `holds`. Fails after the time-out, with the last one."""
    answer: Any = None

    async def asked() -> object:
        nonlocal answer
        answer = await ask()
        return holds(answer)

    await until(asked, timeout_s, lambda: f"the last answer: {answer!r:.600}", pause_s)
    return answer


def wait_until(
    holds: Callable[[], object], timeout_s: float = PATIENCE_S, says: Callable[[], str] = str, pause_s: float = 0.05
) -> None:
    """The same where nothing else is to run meanwhile: blocks. Fails after the time-out, with what `says` gives."""
    end_s = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end_s, f"not within {timeout_s} s: {says()}"
        time.sleep(pause_s)


async def length(things: Sized, count: int) -> None:
    """Return when there are so many."""
    await until(lambda: len(things) >= count, says=lambda: f"only {len(things)} of {count}: {things!r:.500}")


async def quiet_for(time_s: float, why: str) -> None:
    """Let time pass in which something must not happen, for the reason given; the caller looks after it."""
    assert why
    await asyncio.sleep(time_s)


async def lasts(time_s: float, why: str) -> None:
    """Let something go on for as long, where time itself is what is tried: a load, an outage, a limit."""
    assert why
    await asyncio.sleep(time_s)
