"""An open serial device: raw bytes in and out without blocking, until it is lost. Never here: finding it again."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import struct
import termios
from collections.abc import Callable
from typing import Any

import serial

from flowengine.counts import count_of
from nodes.clients.serial.line import SerialLine

READ_BYTES = 65_536
_TIOCGICOUNT = 0x545D
_COUNTERS = struct.Struct("11i36x")
"""`serial_icounter_struct` of linux/serial.h: cts dsr rng dcd rx tx frame overrun parity brk buf_overrun."""

_PARITY = {"none": "N", "even": "E", "odd": "O", "mark": "M", "space": "S"}


class PortAway(Exception):
    """The port is not open at this moment, or went away while it was written."""


def open_port(path: str, line: SerialLine) -> serial.Serial:
    """The port, set up. Blocking. Raises `OSError`, `ValueError` or `termios.error`."""
    port = _Port()
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


class _Port(serial.Serial):
    """pyserial empties its input at the end of opening; what came by then came to this opening."""

    def _reset_input_buffer(self) -> None:
        pass


class SerialDevice:
    """One open device. `lost` gets the reason when it is gone."""

    def __init__(self, port: serial.Serial, on_data: Callable[[bytes], None]):
        self._port = port
        self._fd = port.fileno()
        self._on_data = on_data
        self._loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[str] = self._loop.create_future()

    def listen(self, wanted: bool) -> None:
        """Read what comes, or leave it in the system, whose buffer fills until the device has to wait."""
        if wanted and not self.lost.done():
            self._loop.add_reader(self._fd, self._read)
        else:
            self._loop.remove_reader(self._fd)

    async def write(self, data: bytes, timeout_s: float) -> None:
        """Return when the system took all bytes. Raises `PortAway` when the device is lost, or takes too long."""
        rest = memoryview(data)
        try:
            async with asyncio.timeout(timeout_s):
                while rest:
                    rest = rest[self._write_some(rest) :]
                    if rest:
                        await self._writable()
        except TimeoutError:
            raise PortAway(
                f"it took {len(data) - len(rest)} of {count_of(len(data), 'byte')} in {timeout_s} s"
            ) from None

    def line_faults(self) -> dict[str, float]:
        """Framing, parity and overrun faults since the port was opened by anybody; empty where nothing counts them."""
        raw = bytearray(_COUNTERS.size)
        try:
            fcntl.ioctl(self._fd, _TIOCGICOUNT, raw)
        except OSError:
            return {}
        *_, frame, overrun, parity, _, lost = _COUNTERS.unpack(raw)
        return {"framing_faults": frame, "parity_faults": parity, "overruns": overrun + lost}

    def close(self) -> None:
        """Let go of the device."""
        self._lose("closed")
        self._loop.remove_writer(self._fd)
        with contextlib.suppress(OSError, termios.error):
            self._port.close()

    def _write_some(self, data: memoryview) -> int:
        if self.lost.done():
            raise PortAway(self.lost.result())
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0
        except OSError as fault:
            self._lose(fault.strerror or str(fault))
            raise PortAway(self.lost.result()) from fault

    async def _writable(self) -> None:
        room = asyncio.Event()
        self._loop.add_writer(self._fd, room.set)
        waiting = asyncio.ensure_future(room.wait())
        ends: list[asyncio.Future[Any]] = [waiting, self.lost]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            if not self.lost.done():  # else the number may already belong to another file
                self._loop.remove_writer(self._fd)

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
                self._lose("it hung up")
                break
            chunks.append(chunk)
            size += len(chunk)
        if chunks:
            self._on_data(b"".join(chunks))

    def _lose(self, reason: str) -> None:
        if not self.lost.done():
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
            self.lost.set_result(reason)
