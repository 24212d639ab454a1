"""A serial port that stays: found, opened, shared by its readers, found again after it was unplugged."""

from __future__ import annotations

import asyncio
import termios
import time
from collections.abc import Callable

import serial

from flowengine.diagnosis import Diagnosis
from flowengine.ending import end
from nodes.clients.readers import SharedLine
from nodes.clients.serial.device import PortAway, SerialDevice, open_port
from nodes.clients.serial.line import SerialLine, find
from nodes.clients.voice import Voice

__all__ = ["PortAway", "SerialPort"]
FIRST_WAIT_S, MISSING_WAIT_S, FAULT_WAIT_S = 0.2, 1.0, 5.0
"""Waits double from the first up to: while the device is not there, or when it cannot be opened."""


class SerialPort(SharedLine):
    """One port and whoever reads it."""

    def __init__(
        self, name: str, line: SerialLine, voice: Voice, time_ns: Callable[[], int] = time.time_ns,
        on_open: Callable[[], None] = lambda: None,
    ):  # fmt: skip
        super().__init__(time_ns)
        self.name = name
        self.line = line
        self.opened = 0
        self.state = "not open yet"
        self._voice, self._on_open = voice, on_open
        self._device: SerialDevice | None = None
        self._task: asyncio.Task[None] | None = None
        self._opening = asyncio.Event()

    @property
    def up(self) -> bool:
        """Whether the port is open."""
        return self._device is not None and not self._device.lost.done()

    def start(self) -> None:
        """Begin to look for the port; does not wait for it."""
        self._task = asyncio.create_task(self._keep_open(), name=f"serial {self.name}")

    async def close(self) -> None:
        """Close the port for good."""
        if self._task is not None:
            await end(self._task)

    async def opened_after(self, count: int) -> int:
        """How often the port was opened so far, once that is more than `count`."""
        while self.opened <= count:
            await self._opening.wait()
        return self.opened

    async def write(self, data: bytes, timeout_s: float) -> None:
        """Return when the system took all bytes. Raises `PortAway` at once while the port is away, and on time-out."""
        async with self._writing:
            if self._device is None:
                raise PortAway(f"{self.name}: {self.state}")
            try:
                await self._device.write(data, timeout_s)
                self.tape.sent(data)
            except PortAway as away:
                raise PortAway(f"{self.name}: {away}") from away

    async def _keep_open(self) -> None:
        wait_s = FIRST_WAIT_S
        while True:
            longest_s = MISSING_WAIT_S
            try:
                path = await asyncio.to_thread(find, self.name)
                if path is None:
                    self._away("not there")
                else:
                    await self._stay(path)
                    wait_s = FIRST_WAIT_S
            except (OSError, ValueError, termios.error) as fault:  # SerialException is an OSError
                longest_s = FAULT_WAIT_S
                self._away(f"cannot be opened: {fault}")
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, longest_s)

    async def _stay(self, path: str) -> None:
        """Open the port and return when it is lost."""
        opening = asyncio.ensure_future(asyncio.to_thread(open_port, path, self.line))
        try:
            port = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_opened)
            raise
        device = self._device = SerialDevice(port, self._share)
        self.opened += 1
        self.state = f"open at {path}"
        self._voice.there(f"{self.name}: {self.state}")
        self._on_open()
        self._opening.set()
        self._opening = asyncio.Event()
        self._listen()
        try:
            # Shielded: whoever is cancelled here must not cancel what others look at.
            self._away(f"lost: {await asyncio.shield(device.lost)}")
        finally:
            self._device = None
            device.close()

    def diagnosis(self) -> Diagnosis:
        """What went over the line, and the faults that the system counted."""
        faults = self._device.line_faults() if self._device is not None else {}
        return Diagnosis({**self.tape.figures, **faults}, (), self.tape.frames)

    def _listen(self) -> None:
        if self._device is not None:
            self._device.listen(bool(self._readers) and not self._paused)

    def _away(self, state: str) -> None:
        self.state = state
        self._voice.away(f"{self.name}: {state}")


def _close_opened(opening: asyncio.Future[serial.Serial]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
