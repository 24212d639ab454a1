"""What callbacks of the network leave for a source's task: a list, taken whole. Bounded by whoever calls `put`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from nodes.batches.portions import portions

T = TypeVar("T")
MOST_BYTES = 256 * 1024
"""What is decoded and sent on together, unless it is one item: nothing else moves meanwhile."""


class SourceQueue(Generic[T]):
    """Gathers while the flow is busy, so that a busy flow gets batches and an idle one single items."""

    def __init__(self, limit: int = 100_000):
        self._waiting: list[T] = []
        self._some = asyncio.Event()
        self.limit = limit

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def full(self) -> bool:
        """Whether `put` should not be called any more."""
        return len(self._waiting) >= self.limit

    def offer(self, item: T) -> bool:
        """Add the item unless it is full: then False, and whoever cannot be slowed down drops and counts it."""
        if self.full:
            return False
        self.put((item,))
        return True

    def put(self, items: Iterable[T]) -> None:
        """Add items; whoever cannot be slowed down looks at `full` first, drops and counts."""
        self._waiting.extend(items)
        self._some.set()

    async def take(self, most: int = 5000) -> list[T]:
        """At least one and at most `most` items, in order; waits for the first."""
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        if len(self._waiting) <= most:
            taken, self._waiting = self._waiting, []
        else:
            taken, self._waiting = self._waiting[:most], self._waiting[most:]
        return taken

    def within(self, taken: list[T], sizes: Sequence[int]) -> list[T]:
        """The first of what was taken, at most `MOST_BYTES` together or one; the others wait again, before all else."""
        if sum(sizes) <= MOST_BYTES:
            return taken
        first = len(next(portions(taken, sizes, MOST_BYTES)))
        self._waiting[:0] = taken[first:]
        return taken[:first]

    def rest(self) -> list[T]:
        """Everything that was not taken; it is not given again."""
        rest, self._waiting = self._waiting, []
        return rest
