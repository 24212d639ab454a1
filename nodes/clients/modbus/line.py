"""A line to a Modbus bus that stays: a TCP socket or a serial port, found again when lost. Never here: frames."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from nodes.clients.serial.line import SerialLine
from nodes.clients.serial.port import PortAway, SerialPort

CONNECT_S = 5.0
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 5.0
OnData = Callable[[bytes], None]
OnLost = Callable[[str], None]


class LineAway(Exception):
    """There is no line to the bus at this moment; the reason in words."""


class LineLost(LineAway):
    """The line went away while something was sent or waited for: nobody knows whether it arrived."""


class Line(Protocol):
    """Bytes to and from the bus."""

    @property
    def opened(self) -> int:
        """How often it was opened."""

    @property
    def up(self) -> bool:
        """Whether it is open."""

    @property
    def reason(self) -> str:
        """Why it is not."""

    def start(self, on_data: OnData, on_open: Callable[[], None], on_lost: OnLost) -> None:
        """Begin to look for it, for ever."""

    async def write(self, data: bytes, timeout_s: float) -> None:
        """Send. Raises `LineAway`."""

    def drop(self, reason: str) -> None:
        """Open it anew: the other side seems to be gone though nobody said so."""

    async def close(self) -> None:
        """For good."""


class TcpLine:
    """A TCP connection that is made again with growing pauses."""

    def __init__(self, host: str, port: int, say: Callable[[str], None]):
        self._host, self._port, self._say = host, port, say
        self.opened = 0
        self.reason = "not connected yet"
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        """As `Line` says."""
        return self._writer is not None

    def start(self, on_data: OnData, on_open: Callable[[], None], on_lost: OnLost) -> None:
        """As `Line` says."""
        self._on_data, self._on_open, self._on_lost = on_data, on_open, on_lost
        self._task = asyncio.create_task(self._stay(), name=f"modbus {self._host}:{self._port}")

    async def write(self, data: bytes, timeout_s: float) -> None:
        """As `Line` says."""
        if self._writer is None:
            raise LineAway(self.reason)
        try:
            async with asyncio.timeout(timeout_s):
                self._writer.write(data)
                await self._writer.drain()
        except (OSError, TimeoutError) as fault:
            self.drop(str(fault) or "takes nothing")
            raise LineLost(self.reason) from fault

    def drop(self, reason: str) -> None:
        """As `Line` says."""
        if self._writer is not None:
            self.reason = reason
            self._writer.transport.abort()
            self._writer = None

    async def close(self) -> None:
        """As `Line` says."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _stay(self) -> None:
        wait_s = FIRST_WAIT_S
        while True:
            try:
                async with asyncio.timeout(CONNECT_S):
                    reader, writer = await asyncio.open_connection(self._host, self._port)
            except (OSError, TimeoutError) as fault:
                self._tell(str(fault) or f"{self._host}:{self._port} does not answer")
            else:
                wait_s = FIRST_WAIT_S
                await self._carry(reader, writer)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer, self.reason = writer, ""
        self.opened += 1
        self._say(f"connected to {self._host}:{self._port}")
        self._on_open()
        try:
            while data := await reader.read(4096):
                self._on_data(data)
            self._tell("the other side closed the connection")
        except OSError as fault:
            self._tell(fault.strerror or str(fault))
        finally:
            if self._writer is writer:
                self._writer = None
            writer.transport.abort()
            self._on_lost(self.reason)

    def _tell(self, reason: str) -> None:
        if reason != self.reason:
            self.reason = reason
            self._say(f"away: {reason}")


class SerialLineOfBus:
    """A serial port, found again after it was unplugged."""

    def __init__(self, port: str, settings: SerialLine, say: Callable[[str], None]):
        self._port = SerialPort(port, settings, self._hear_state)
        self._say = say

    @property
    def opened(self) -> int:
        """As `Line` says."""
        return self._port.opened

    @property
    def up(self) -> bool:
        """As `Line` says."""
        return self._port.up

    @property
    def reason(self) -> str:
        """As `Line` says."""
        return f"{self._port.name}: {self._port.state}"

    def start(self, on_data: OnData, on_open: Callable[[], None], on_lost: OnLost) -> None:
        """As `Line` says; what is lost on a serial port is noticed by its silence."""
        self._on_open = on_open
        self._port.start()
        self._port.add_reader(on_data)

    async def write(self, data: bytes, timeout_s: float) -> None:
        """As `Line` says."""
        if not self._port.up:
            raise LineAway(self.reason)
        try:
            await self._port.write(data, timeout_s)
        except PortAway as away:
            raise LineLost(str(away)) from away

    def drop(self, reason: str) -> None:
        """A serial port has no other side that could be gone: silence is a unit's."""

    async def close(self) -> None:
        """As `Line` says."""
        await self._port.close()

    def _hear_state(self, state: str) -> None:
        self._say(state)
        if self._port.up:
            self._on_open()
