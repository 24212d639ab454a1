"""Backpressure: whoever filled a queue waits here before it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ParamSpec

from flowengine.runtime.station import Queue

P = ParamSpec("P")


class Pressure:
    """The queues that the running call filled.

    Calls do not interleave, so between `begin` and `take` the list is the caller's own. Whoever cannot
    wait leaves its queues in the list, and the next `begin` forgets them: waiting for what somebody else
    filled could wait for itself in a circle.
    """

    def __init__(self) -> None:
        self.full: list[Queue] = []

    def filled_by(self, call: Callable[P, object], *arguments: P.args, **named: P.kwargs) -> list[Queue]:
        """The queues that this call filled: whoever made it waits for their room before it goes on."""
        self.begin()
        call(*arguments, **named)
        return self.take()

    def begin(self) -> None:
        """A call starts."""
        if self.full:
            self.full.clear()

    def take(self) -> list[Queue]:
        """The queues that the call filled."""
        if not self.full:
            return []
        queues, self.full[:] = list(dict.fromkeys(self.full)), []
        return queues


async def wait_for_room(queues: Iterable[Queue], own: Queue | None = None) -> None:
    """Return when each of these queues has had room; `own`, the caller's, is not waited for."""
    for queue in queues:
        if queue is not own:
            await queue.room()
