"""Large things that come from outside, one in a turn of the loop: many at once hold others up no longer than one does.

Never here: what is done with them.
"""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

LARGE_BYTES = 65_536
"""From this size on a payload waits for its turn; to decode it and carry it through a flow may take 0.1 s."""

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


async def its_turn(size_bytes: int) -> None:
    """Return at once for what is small, else when no other large thing has this turn of the loop; in order.

    What is done without waiting from there on is done in that turn.
    """
    if size_bytes >= LARGE_BYTES:
        await own_turn()


async def own_turn() -> None:
    """Return in a turn of the loop that nobody else gets here; in order."""
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        await asyncio.sleep(0)
