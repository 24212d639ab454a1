"""Who is asked over one line: a request at a time, what somebody waits for before polls. Never here: protocol."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flowengine.clock import Clock
from flowengine.ending import end
from nodes.polling.blocks import ReadPlan
from nodes.polling.schedule import Cycle, Poll, Schedule, Turn

MOST_WAITING = 1000
T = TypeVar("T")


@dataclass(frozen=True)
class _Asked:
    work: Callable[[], Awaitable[Any]]
    answer: asyncio.Future[Any]


class Worker(ABC):
    """Whoever polls or writes shares it."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self.schedule = Schedule()
        self._asked: deque[_Asked] = deque()
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    async def ready(self) -> None:
        """Return when the first request may go out: when there is a line, or it takes too long."""

    @abstractmethod
    async def read(self, turn: Turn) -> None:
        """Read one block, and tell the schedule how it went."""

    @property
    def dead(self) -> bool:
        """Whether its task has ended though nobody closed it."""
        return self._task is not None and self._task.done()

    def start(self) -> None:
        """Begin; does not wait for the line."""
        self._task = asyncio.create_task(self._work(), name=type(self).__name__.lower())

    async def close(self) -> None:
        """Stop; whoever waits for an answer gets none."""
        if self._task is not None:
            await end(self._task)
        for asked in self._asked:
            asked.answer.cancel()

    def poll(self, unit: Hashable, every_s: float, plan: ReadPlan, on_cycle: Callable[[Cycle], None]) -> Poll:
        """Read the plan again and again until `stop`."""
        poll = self.schedule.add(unit, every_s, plan, on_cycle, self._clock.now_s())
        self._woken.set()
        return poll

    def stop(self, poll: Poll) -> None:
        """Read it no more."""
        self.schedule.remove(poll)

    def read_now(self, unit: Hashable) -> bool:
        """Read what is polled of the unit at once; False where nothing is."""
        found = self.schedule.units.get(unit)
        if found is None or not found.polls:
            return False
        self.schedule.read_now(found, self._clock.now_s())
        self._woken.set()
        return True

    async def do(self, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` gives or raises; it goes before all polls and is done once. Raises `asyncio.QueueFull`."""
        if len(self._asked) >= MOST_WAITING:
            raise asyncio.QueueFull
        asked = _Asked(work, asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        self._woken.set()
        return cast(T, await asked.answer)

    async def _work(self) -> None:
        await self.ready()
        while True:
            if self._asked:
                asked = self._asked.popleft()
                if not asked.answer.done():  # else whoever asked is gone, and nothing may be written in his name
                    await self._do(asked)
                continue
            turn = self.schedule.next(self._clock.now_s())
            if turn is not None:
                await self.read(turn)
            else:
                await self._rest()

    async def _rest(self) -> None:
        wake_at_s = self.schedule.wake_at_s()
        self._woken.clear()
        try:
            async with asyncio.timeout(None if wake_at_s is None else max(0.0, wake_at_s - self._clock.now_s())):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _do(self, asked: _Asked) -> None:
        try:
            answer = await asked.work()
        except asyncio.CancelledError:
            asked.answer.cancel()
            raise
        except Exception as fault:  # it is his who asked
            if not asked.answer.done():
                asked.answer.set_exception(fault)
        else:
            if not asked.answer.done():
                asked.answer.set_result(answer)
