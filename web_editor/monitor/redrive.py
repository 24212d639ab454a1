"""Dead letters on their way back into their flows: each is forgotten once all that came of it is settled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

LetterKey = tuple[str, str, int]
"""Flow, dead-letter node and number of a letter."""


class Redriving:
    """The letters under way. `remove` forgets letters on disk; it may block."""

    def __init__(self, remove: Callable[[Iterable[LetterKey]], int]):
        self._remove = remove
        self._under_way: set[LetterKey] = set()
        self._settled: list[LetterKey] = []
        self._news, self._quiet = asyncio.Event(), asyncio.Event()

    def begin(self, place: LetterKey) -> Callable[[], None] | None:
        """What to call when it is settled; None for a letter that is under way already."""
        if place in self._under_way:
            return None
        self._under_way.add(place)
        self._quiet.clear()

        def settled() -> None:
            self._settled.append(place)
            self._news.set()

        return settled

    def failed(self, place: LetterKey) -> None:
        """It could not be given back after all."""
        self._under_way.discard(place)

    async def keep(self) -> None:
        """Forget what is settled, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            await self.forget()

    async def forget(self) -> None:
        """Forget now what is settled."""
        settled = self._settled[:]
        await asyncio.to_thread(self._remove, settled)
        del self._settled[: len(settled)]
        self._under_way.difference_update(settled)
        if not self._under_way:
            self._quiet.set()

    async def quiet(self, at_most_s: float) -> None:
        """Return when nothing is under way any more, or after a while: a letter may wait for hours for its sink."""
        if not self._under_way:
            return
        try:
            async with asyncio.timeout(at_most_s):
                await self._quiet.wait()
        except TimeoutError:
            pass
