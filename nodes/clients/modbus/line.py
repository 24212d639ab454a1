"""A line to a Modbus bus that stays: a TCP connection or a serial port, found again when lost. Never here: frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from nodes.clients.serial.line import SerialLine
from nodes.clients.serial.port import PortAway, SerialPort
from nodes.clients.tcp.line import LineAway, LineLost, OnData, OnLost, TcpLine
from nodes.clients.voice import Voice

__all__ = ["Line", "LineAway", "LineLost", "SerialLineOfBus", "TcpLine"]


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


class SerialLineOfBus:
    """A serial port, found again after it was unplugged."""

    def __init__(self, port: str, settings: SerialLine, voice: Voice):
        self._port = SerialPort(port, settings, voice, on_open=lambda: self._on_open())

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
