"""Dead letters on their way back into their flows: each is forgotten once all that came of it is settled."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Awaitable, Callable, Iterable

MOST_TAKEN = 100_000
AWAY_S = 0.2
"""So often another worker is asked what became of letters that it was given."""

LetterKey = tuple[str, str, int]
"""Flow, dead-letter node and number of a letter."""


class TakenLetters:
    """Letters that lie at other workers and were given to nodes here: whether all that came of each is settled."""

    def __init__(self) -> None:
        self._runners: dict[str, Callable[[], object] | None] = {}

    def settled(self, letter: str, runner: object) -> bool | None:
        """Whether it is; None where this runner has not got it, so that it ended with another one, or never came."""
        if letter not in self._runners:
            return None
        had = self._runners[letter]
        return True if had is None else False if had() is runner and runner is not None else None

    def begin(self, letter: str, runner: object) -> Callable[[], None]:
        """What to call when it is settled."""
        while len(self._runners) >= MOST_TAKEN:
            del self._runners[next(iter(self._runners))]
        mine = self._runners[letter] = weakref.ref(runner)

        def settled() -> None:
            if self._runners.get(letter) is mine:
                self._runners[letter] = None

        return settled

    def forget(self, letter: str) -> None:
        """It was not taken after all."""
        self._runners.pop(letter, None)


class Redriving:
    """The letters under way. `remove` forgets letters on disk; it may block."""

    def __init__(self, remove: Callable[[Iterable[LetterKey]], int]):
        self._remove = remove
        self._under_way: set[LetterKey] = set()
        self._settled: list[LetterKey] = []
        self.taken = TakenLetters()
        self.away: dict[LetterKey, Callable[[], Awaitable[bool | str | None]]] = {}
        """Those that another worker was given, each with how to ask it: settled, or words where nobody has it."""

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
        if not self._under_way:
            self._quiet.set()

    async def keep(self) -> None:
        """Forget what is settled, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            await self.forget()

    async def keep_away(self) -> None:
        """Ask after those at other workers, until cancelled."""
        while True:
            await asyncio.sleep(AWAY_S)
            for place, ask in list(self.away.items()):
                state = await ask()
                if state is True:
                    self._settled.append(place)
                    self._news.set()
                elif isinstance(state, str):
                    self.failed(place)
                else:
                    continue
                del self.away[place]

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
