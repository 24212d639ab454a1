"""Backpressure: whoever filled a queue waits here before it goes on."""

from __future__ import annotations

from typing import Any


class Pressure:
    """The queues that the running call filled. Calls do not interleave, so the list is the caller's."""

    def __init__(self) -> None:
        self.full: list[Any] = []

    async def wait(self, own: Any = None) -> None:
        """Return when every queue that was filled has room again; `own` is not waited for."""
        while self.full:
            queues, self.full[:] = list(dict.fromkeys(self.full)), []
            for queue in queues:
                if queue is not own:
                    await queue.room()

    def take(self) -> list[Any]:
        """The queues that were just filled, for a caller that cannot wait."""
        queues, self.full[:] = list(dict.fromkeys(self.full)), []
        return queues
