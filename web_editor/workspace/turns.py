"""Who may have texts checked, when: each person one at a time, all of them in the order in which they came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from web_editor.problems import Fault

AT_A_TIME = 1
"""Checks share one interpreter with everything that runs: two would only take from it twice as much."""

MOST_WAITING = 3


class Turns:
    """Gives out turns. A person with several in line gets one for each of the others'."""

    def __init__(self) -> None:
        self._all = asyncio.Semaphore(AT_A_TIME)
        self._mine: dict[str, asyncio.Lock] = {}
        self._waiting: dict[str, int] = {}

    @asynccontextmanager
    async def of(self, user: str) -> AsyncIterator[None]:
        """The user's turn. Raises `Fault` when he has several in line."""
        waiting = self._waiting.get(user, 0)
        if waiting >= MOST_WAITING:
            raise Fault("throttled", "wait for the answers to what you asked before", retry_after_s=1.0)
        self._waiting[user] = waiting + 1
        try:
            async with self._mine.setdefault(user, asyncio.Lock()), self._all:
                yield
        finally:
            self._waiting[user] -= 1
            if not self._waiting[user]:
                self._waiting.pop(user)
                self._mine.pop(user, None)
