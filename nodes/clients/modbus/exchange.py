"""One request and its answer at a time on a line. Never here: whose turn it is, what an answer means."""

from __future__ import annotations

import asyncio

from flowengine.clock import Clock
from flowengine.counts import count_of
from flowengine.diagnosis import Tape
from nodes.clients.modbus.line import Line, LineLost
from nodes.codecs.modbus.frames import Framing

SILENT_BEFORE_DROP = 3
"""So many time-outs in a row, with nothing heard in between, and a TCP connection is made anew."""

FIRST_LINE_S = 1.0


class NoAnswer(Exception):
    """The unit did not answer in time."""


class Exchange:
    """A line with its framing. `timeouts` counts silence, `round_trip_s` has each unit's last answer."""

    def __init__(self, line: Line, framing: Framing, clock: Clock, timeout_s: float, pause_s: float):
        self.line, self.framing = line, framing
        self._clock, self._timeout_s, self._pause_s = clock, timeout_s, pause_s
        self.timeouts = 0
        self.tape = Tape(clock.time_ns)
        self.round_trip_s: dict[int, float] = {}
        self._first_line = asyncio.Event()
        self._answer: asyncio.Future[bytes] | None = None
        self._heard = False
        self._silent_in_a_row = 0

    @property
    def up(self) -> bool:
        """Whether there is a line and somebody on it, as far as is known."""
        return self.line.up and self._silent_in_a_row < SILENT_BEFORE_DROP

    def start(self) -> None:
        """Begin to look for the line."""
        self.line.start(self._take_data, self._opened, self._lost)

    async def first_line(self) -> None:
        """Return when there is a line, or it takes too long: so that first readings are not "not connected yet"."""
        try:
            async with asyncio.timeout(FIRST_LINE_S):
                await self._first_line.wait()
        except TimeoutError:
            pass

    async def ask(self, unit: int, request: bytes) -> bytes:
        """The answer's PDU. Not to be called again before it returned.

        Raises `LineAway` when it was not sent, `LineLost` or `NoAnswer` when nobody knows whether it arrived.
        """
        if self._pause_s:
            await asyncio.sleep(self._pause_s)
        self._answer = asyncio.get_running_loop().create_future()
        self._heard = False
        begun_s = self._clock.now_s()
        try:
            frame = self.framing.request(unit, request)
            await self.line.write(frame, self._timeout_s)
            self.tape.sent(frame, str(unit))
            async with asyncio.timeout(self._timeout_s):
                answer = await self._answer
        except TimeoutError:
            self._was_silent()
            raise NoAnswer from None
        finally:
            self._answer = None
            self.framing.give_up()
        self._silent_in_a_row = 0
        self.round_trip_s[unit] = self._clock.now_s() - begun_s
        return answer

    def _take_data(self, data: bytes) -> None:
        self._heard = True
        self.tape.heard(data)
        found = self.framing.feed(data)
        if found is not None and self._answer is not None and not self._answer.done():
            self._answer.set_result(found)

    def _opened(self) -> None:
        self.framing.reset()
        self._first_line.set()

    def _lost(self, reason: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(LineLost(reason))

    def _was_silent(self) -> None:
        self.timeouts += 1
        self._silent_in_a_row = 0 if self._heard else self._silent_in_a_row + 1
        if self._silent_in_a_row and self._silent_in_a_row % SILENT_BEFORE_DROP == 0:
            self.line.drop(f"{count_of(self._silent_in_a_row, 'request')} in a row without an answer")
