"""A TCP connection that several nodes read and write, one of them with answers. Never here: frames."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from flowengine.diagnosis import Diagnosis, Tape
from nodes.clients.tcp.line import LineAway, LineLost, OnData, TcpLine

__all__ = ["LineAway", "LineLost", "TcpPort"]


class TcpPort:
    """Readers get all that comes; while one of them takes no more, nothing is read. Without readers it is dropped."""

    def __init__(self, line: TcpLine, time_ns: Callable[[], int] = time.time_ns):
        self.tape = Tape(time_ns, "pieces")
        self.line = line
        self.asking = asyncio.Lock()
        """Held by whoever waits for an answer: on one stream answers are told apart by their turn alone."""

        self._readers: list[OnData] = []
        self._paused: set[OnData] = set()
        self._lost: set[asyncio.Future[Any]] = set()
        self._writing = asyncio.Lock()

    def start(self) -> None:
        """Begin to look for the other side; does not wait for it."""
        self.line.start(self._share, lambda: None, self._tell_lost)

    async def close(self) -> None:
        """For good; whoever waits for an answer is told."""
        await self.line.close()
        self._tell_lost("closed")

    def add_reader(self, on_data: OnData) -> None:
        """Call `on_data` with whatever is read."""
        self._readers.append(on_data)

    def remove_reader(self, on_data: OnData) -> None:
        """Stop calling it."""
        self._readers.remove(on_data)
        self.pause(on_data, False)

    def pause(self, on_data: OnData, paused: bool) -> None:
        """Whether this reader takes no more for now; while one does not, nobody reads."""
        (self._paused.add if paused else self._paused.discard)(on_data)
        self.line.listen(not self._paused)

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

    def _share(self, data: bytes) -> None:
        self.tape.heard(data)
        for on_data in tuple(self._readers):
            on_data(data)

    def _tell_lost(self, reason: str) -> None:
        for answer in self._lost:
            if not answer.done():
                answer.set_exception(LineLost(reason))
