"""Carries writes out: journaled first, each at most once, in order. Never here: how a device is written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from flowengine.clock import Clock
from flowengine.ending import end
from flowengine.errors import Unavailable
from flowengine.message import Message
from nodes.writes.journal import NO_ANSWER, REFUSED, Write, WriteJournal

MOST_WAITING = 1000
TRY_AGAIN_S = 1.0


class Gatekeeper(Protocol):
    """What decides on each write at its moment."""

    def refusal(self, write: Write) -> str:
        """Why it may not be written now; empty when it may."""

    def remember(self, passed: Mapping[str, int]) -> None:
        """When points were last written by an earlier run (UTC, ns)."""


class Target(Protocol):
    """What is written to."""

    async def write(self, write: Write) -> None:
        """Write once, look what became of it, and say so in `result`, `reason`, `old` and `read_back`."""


Emit = Callable[[Message, Callable[[], None]], None]


class Writer:
    """One device's writes. A crash between the journal and the answer gives `no answer`, never a second write."""

    def __init__(
        self, journal: WriteJournal, gate: Gatekeeper, target: Target, clock: Clock, emit: Emit,
        warn: Callable[[str], None],
    ):  # fmt: skip
        self._journal, self._gate, self._target = journal, gate, target
        self._clock, self._emit, self._warn = clock, emit, warn
        self._waiting: asyncio.Queue[Write] = asyncio.Queue()
        self._told: list[int] = []
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Tell what an earlier run left untold. Raises `Unavailable`."""
        left = await self._journal.open()
        self._gate.remember(await self._journal.passed())
        for write in left:
            await self._journal.finish(write)
            self._tell(write)
        self._task = asyncio.create_task(self._work(), name="writes")

    async def close(self) -> None:
        """Stop; what waits is told as `no answer` by the next run."""
        if self._task is not None:
            await end(self._task)
        if self._told:
            await self._journal.mark_told(self._told)
        await self._journal.close()

    async def last(self, count: int, point: str = "") -> list[dict[str, Any]]:
        """The newest writes, of one point or of all, as the journal has them."""
        return await self._journal.last(count, point)

    async def take(self, writes: Sequence[Write]) -> list[Write]:
        """Journal them; those that are carried out once their messages are acknowledged. Raises `Unavailable`."""
        fresh = [write for write in writes if not await self._journal.knows(write.command)]
        room = MOST_WAITING - self._waiting.qsize()
        for write in fresh[max(0, room) :]:
            write.result, write.reason = REFUSED, f"{MOST_WAITING} writes wait already"
        if fresh:
            await self._journal.add(fresh, self._clock.time_ns())
        for write in fresh:
            if write.result:
                self._tell(write)
            else:
                self._waiting.put_nowait(write)
        return [write for write in fresh if not write.result]

    async def _work(self) -> None:
        while True:
            write = await self._waiting.get()
            await asyncio.sleep(0)  # the acknowledgement of its message goes first
            if reason := self._gate.refusal(write):
                write.result, write.reason = REFUSED, reason
            else:
                await self._carry_out(write)
            await self._keep(write)
            self._tell(write)
            await self._forget_told()

    async def _carry_out(self, write: Write) -> None:
        try:
            await self._target.write(write)
        except Exception as fault:
            write.result, write.reason = write.result or NO_ANSWER, f"{type(fault).__name__}: {fault}"

    async def _keep(self, write: Write) -> None:
        """The journal has to know before anybody is told; while the disk is full, nothing further is written."""
        while True:
            try:
                await self._journal.finish(write)
                return
            except Unavailable as away:
                self._warn(f"writes are held up: {away}")
                await asyncio.sleep(TRY_AGAIN_S)

    async def _forget_told(self) -> None:
        told, self._told = self._told, []
        try:
            await self._journal.mark_told(told)
        except Unavailable:
            self._told = told + self._told

    def _tell(self, write: Write) -> None:
        self._emit(write.answer(), partial(self._told.append, write.id))
