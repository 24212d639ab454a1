"""Owns tasks: each has a name, a failure never vanishes and never cancels a neighbour."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Hashable, Iterable

from flowengine.ending import end
from flowengine.runtime.backoff import backoff_s
from flowengine.telling import Telling

log = logging.getLogger("flowengine.runtime")


class Supervisor:
    """Tasks by key. One that fails is logged, counted and started again; one that returns is done."""

    def __init__(self, rng: random.Random):
        self._rng = rng
        self._tasks: dict[Hashable, asyncio.Task[None]] = {}
        self.failures: dict[Hashable, int] = {}
        self.last_failure = ""

    def start(self, key: Hashable, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` under this key until it returns or is stopped."""
        if key in self._tasks:
            raise ValueError(f"{key} is running already")
        self._tasks[key] = asyncio.create_task(self._watch(key, work), name=str(key))

    async def stop(self, keys: Iterable[Hashable]) -> None:
        """Cancel these tasks and return when they have ended."""
        tasks = [task for key in keys if (task := self._tasks.pop(key, None)) is not None]
        await end(*tasks)

    async def stop_all(self) -> None:
        """Cancel every task and return when they have ended."""
        await self.stop(list(self._tasks))

    def running(self, key: Hashable) -> bool:
        """Whether the task is there and has not ended."""
        task = self._tasks.get(key)
        return task is not None and not task.done()

    @property
    def dead(self) -> list[str]:
        """Tasks that ended although nobody stopped them and their work was not done."""
        return [str(key) for key, task in self._tasks.items() if task.done() and (task.cancelled() or task.exception())]

    @property
    def keys(self) -> list[Hashable]:
        """Keys of all tasks that were started and not stopped."""
        return list(self._tasks)

    async def _watch(self, key: Hashable, work: Callable[[], Awaitable[None]]) -> None:
        attempt, telling = 0, Telling()
        while True:
            try:
                await work()
                return
            except Exception as error:
                self.failures[key] = self.failures.get(key, 0) + 1
                self.last_failure = f"{key}: {type(error).__name__}: {error}"
                is_news = telling.is_due(self.last_failure, asyncio.get_running_loop().time())
                level = logging.ERROR if is_news else logging.DEBUG
                log.log(level, "task %s failed and starts again", key, exc_info=error)
            await asyncio.sleep(backoff_s(attempt, self._rng))
            attempt += 1
