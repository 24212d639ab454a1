"""A serial port that stays: opened, read without blocking, found again after it was unplugged. Knows no frames."""

from __future__ import annotations

import asyncio
import contextlib
import os
import termios
from collections.abc import Callable
from typing import Any

import serial

from nodes.clients.serial_line import SerialLine, find

READ_BYTES = 65_536
FIRST_WAIT_S, MISSING_WAIT_S, FAULT_WAIT_S = 0.2, 1.0, 5.0
"""Waits double from the first up to: while the device is not there, or when it cannot be opened."""

_PARITY = {"none": "N", "even": "E", "odd": "O", "mark": "M", "space": "S"}
OnData = Callable[[bytes], None]
OnState = Callable[[str], None]


class PortAway(Exception):
    """The port is not open at this moment, or went away while it was written."""


class SerialPort:
    """One port and whoever reads it. `on_state` is told each change in words."""

    def __init__(self, name: str, line: SerialLine, on_state: OnState):
        self.name = name
        self.line = line
        self.opened = 0
        self.state = "not open yet"
        self._on_state = on_state
        self._readers: list[OnData] = []
        self._paused: set[OnData] = set()
        self._port: serial.Serial | None = None
        self._fd = -1
        self._lost: asyncio.Future[str] | None = None
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        """Whether the port is open."""
        return self._fd >= 0

    def start(self) -> None:
        """Begin to look for the port; does not wait for it."""
        self._task = asyncio.create_task(self._keep_open(), name=f"serial {self.name}")

    async def close(self) -> None:
        """Close the port for good."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def add_reader(self, on_data: OnData) -> None:
        """Call `on_data` with whatever is read."""
        self._readers.append(on_data)
        self._listen()

    def remove_reader(self, on_data: OnData) -> None:
        """Stop calling it."""
        self._readers.remove(on_data)
        self._paused.discard(on_data)
        self._listen()

    def pause(self, on_data: OnData, paused: bool) -> None:
        """Whether this reader takes no more for now; while one does not, nobody reads."""
        (self._paused.add if paused else self._paused.discard)(on_data)
        self._listen()

    async def write(self, data: bytes, timeout_s: float) -> None:
        """Return when the system took all bytes. Raises `PortAway` at once while the port is away, and on time-out."""
        async with self._writing:
            rest = memoryview(data)
            try:
                async with asyncio.timeout(timeout_s):
                    while rest:
                        rest = rest[self._write_some(rest) :]
                        if rest:
                            await self._writable()
            except TimeoutError:
                raise PortAway(
                    f"the device took {len(data) - len(rest)} of {len(data)} bytes in {timeout_s} s"
                ) from None

    def _write_some(self, data: memoryview) -> int:
        if not self.up:
            raise PortAway(f"{self.name}: {self.state}")
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0
        except OSError as fault:
            self._lose(fault.strerror or str(fault))
            raise PortAway(f"{self.name}: {fault.strerror}") from fault

    async def _writable(self) -> None:
        loop, fd, lost = asyncio.get_running_loop(), self._fd, self._lost
        room = asyncio.Event()
        loop.add_writer(fd, room.set)
        waiting = asyncio.ensure_future(room.wait())
        ends: list[asyncio.Future[Any]] = [waiting] if lost is None else [waiting, lost]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            if self._fd == fd:
                loop.remove_writer(fd)

    async def _keep_open(self) -> None:
        wait_s = FIRST_WAIT_S
        while True:
            longest_s = MISSING_WAIT_S
            try:
                path = await asyncio.to_thread(find, self.name)
                if path is None:
                    self._say("not there")
                else:
                    await self._stay(path)
                    wait_s = FIRST_WAIT_S
            except (OSError, ValueError, termios.error) as fault:  # SerialException is an OSError
                longest_s = FAULT_WAIT_S
                self._say(f"cannot be opened: {fault}")
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, longest_s)

    async def _stay(self, path: str) -> None:
        """Open the port and return when it is lost."""
        opening = asyncio.ensure_future(asyncio.to_thread(_open, path, self.line))
        try:
            port = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_opened)
            raise
        self._port, self._fd = port, port.fileno()
        self._lost = asyncio.get_running_loop().create_future()
        self.opened += 1
        self._say(f"open at {path}")
        self._listen()
        try:
            self._say(f"lost: {await self._lost}")
        finally:
            self._release()

    def _release(self) -> None:
        loop, fd, port = asyncio.get_running_loop(), self._fd, self._port
        loop.remove_reader(fd)
        loop.remove_writer(fd)
        self._fd, self._port = -1, None
        if port is not None:
            with contextlib.suppress(OSError, termios.error):
                port.close()

    def _listen(self) -> None:
        if not self.up:
            return
        loop = asyncio.get_running_loop()
        if self._readers and not self._paused:
            loop.add_reader(self._fd, self._read)
        else:
            loop.remove_reader(self._fd)

    def _read(self) -> None:
        chunks: list[bytes] = []
        size = 0
        # A terminal gives 4 KiB at a time; one turn takes what is there.
        while size < READ_BYTES:
            try:
                chunk = os.read(self._fd, READ_BYTES)
            except BlockingIOError:
                break
            except OSError as fault:
                self._lose(fault.strerror or str(fault))
                break
            if not chunk:
                self._lose("the device hung up")
                break
            chunks.append(chunk)
            size += len(chunk)
        if chunks:
            data = b"".join(chunks)
            for on_data in tuple(self._readers):
                on_data(data)

    def _lose(self, reason: str) -> None:
        asyncio.get_running_loop().remove_reader(self._fd)
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(reason)

    def _say(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self._on_state(f"{self.name}: {state}")


def _open(path: str, line: SerialLine) -> serial.Serial:
    port = serial.Serial()
    port.port, port.baudrate, port.rtscts = path, line.baud, line.rtscts
    port.bytesize, port.parity, port.stopbits = line.data_bits, _PARITY[line.parity], line.stop_bits
    if line.exclusive:
        port.exclusive = True
    if line.dtr is not None:
        port.dtr = line.dtr
    if line.rts is not None:
        port.rts = line.rts
    port.open()
    # pyserial asks for reads that return nothing at once; then an empty read would not tell a hang-up from silence.
    fd = port.fileno()
    settings = termios.tcgetattr(fd)
    settings[6][termios.VMIN], settings[6][termios.VTIME] = 1, 0
    termios.tcsetattr(fd, termios.TCSANOW, settings)
    os.set_blocking(fd, False)
    return port


def _close_opened(opening: asyncio.Future[serial.Serial]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
