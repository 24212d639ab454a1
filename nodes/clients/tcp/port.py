"""A TCP connection that several nodes read and write, one of them with answers. Never here: frames."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from flowengine.diagnosis import Diagnosis
from nodes.clients.readers import SharedLine
from nodes.clients.tcp.line import LineAway, LineLost, TcpLine

__all__ = ["LineAway", "LineLost", "TcpPort"]


class TcpPort(SharedLine):
    """Readers get all that comes; while one of them takes no more, nothing is read. Without readers it is dropped."""

    def __init__(self, line: TcpLine, time_ns: Callable[[], int] = time.time_ns):
        super().__init__(time_ns)
        self.line = line
        self.asking = asyncio.Lock()
        """Held by whoever waits for an answer: on one stream answers are told apart by their turn alone."""

        self._lost: set[asyncio.Future[Any]] = set()

    def start(self) -> None:
        """Begin to look for the other side; does not wait for it."""
        self.line.start(self._share, lambda: None, self._tell_lost)

    async def close(self) -> None:
        """For good; whoever waits for an answer is told."""
        await self.line.close()
        self._tell_lost("closed")

    async def write(self, data: bytes, timeout_s: float) -> None:
        """Send. Raises `LineAway` where nothing was sent, `LineLost` where nobody knows."""
        async with self._writing:
            await self.line.write(data, timeout_s)
            self.tape.sent(data)

    def awaits(self, answer: asyncio.Future[Any], waits: bool = True) -> None:
        """End the answer with `LineLost` when the connection is lost, until it is waited for no more."""
        (self._lost.add if waits else self._lost.discard)(answer)

    def diagnosis(self) -> Diagnosis:
        """What went over the connection."""
        return Diagnosis(self.tape.figures, (), self.tape.frames)

    def _listen(self) -> None:
        self.line.listen(not self._paused)

    def _tell_lost(self, reason: str) -> None:
        for answer in self._lost:
            if not answer.done():
                answer.set_exception(LineLost(reason))
