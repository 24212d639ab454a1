"""Backpressure: whoever filled a queue waits here before it goes on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Pressure:
    """The queues that the running call filled.

    Calls do not interleave, so between `begin` and `take` the list is the caller's own. Whoever cannot
    wait leaves its queues in the list, and the next `begin` forgets them: waiting for what somebody else
    filled could wait for itself in a circle.
    """

    def __init__(self) -> None:
        self.full: list[Any] = []

    def begin(self) -> None:
        """A call starts."""
        if self.full:
            self.full.clear()

    def take(self) -> list[Any]:
        """The queues that the call filled."""
        if not self.full:
            return []
        queues, self.full[:] = list(dict.fromkeys(self.full)), []
        return queues


async def wait_for_room(queues: Iterable[Any], own: Any = None) -> None:
    """Return when each of these queues has had room; `own`, the caller's, is not waited for."""
    for queue in queues:
        if queue is not own:
            await queue.room()
