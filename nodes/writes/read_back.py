"""Looking whether a device shows what was written to it. Never here: how a device is read, what it was written by."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from flowengine.clock import Clock
from nodes.writes.journal import DIFFERS, Write

READ_AGAIN_S = 0.1


class Shown(NamedTuple):
    """What a device shows, and whether that is what was written."""

    value: Any
    is_it: bool


async def read_back(
    write: Write, show: Callable[[], Awaitable[Shown]], words: Callable[[Exception], str],
    faults: tuple[type[Exception], ...], clock: Clock, within_s: float, device: str,
) -> None:  # fmt: skip
    """Say in `write` what the device shows: the value that was written, or after this time another one.

    `faults` are what `show` raises where nobody can look, `words` tells one; `device` is what people call it.
    """
    until_s = clock.now_s() + within_s
    while True:
        try:
            write.read_back, is_it = await show()
        except faults as fault:
            write.reason = f"written, but it cannot be read back: {words(fault)}"
            return
        if is_it:
            return
        if clock.now_s() >= until_s:
            write.result, write.reason = DIFFERS, f"the {device} shows {write.read_back}"
            return
        await asyncio.sleep(READ_AGAIN_S)
