"""Simulated Modbus devices behind a TCP socket or a pseudo terminal, with faults. Never here: what a device knows."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Mapping

from nodes.codecs.crc.check import crc
from nodes.codecs.modbus import pdu as codec
from nodes.simulator.faults import Switches
from nodes.simulator.ledger import Ledger
from nodes.simulator.modbus_device import ModbusDevice

LATE_S = 3.0
_CRC = crc("crc-16/modbus")
Send = Callable[[bytes], object]


class ModbusServer:
    """Answers for its devices; a unit that is not among them is silent, as on a real bus.

    `silent` and `delay_s` are for whoever drives it: units that say nothing, and how much later a unit answers.
    """

    def __init__(
        self, devices: Mapping[int, ModbusDevice], switches: Switches, ledger: Ledger, now_s: Callable[[], float]
    ):
        self.devices = dict(devices)
        self.silent: set[int] = set()
        self.delay_s: dict[int, float] = {}
        self.requests = 0
        self._switches, self._ledger, self._now_s = switches, ledger, now_s
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> int:
        """Serve Modbus TCP; the port, also where 0 asked for a free one."""
        self._server = await asyncio.start_server(self._serve, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop, and hang up on everybody."""
        if self._server is not None:
            self._server.close()
        self.hang_up()
        await asyncio.sleep(0)

    def hang_up(self) -> None:
        """Close every connection, as a device does that restarts."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    def heard(self, unit: int, request: bytes, frame: Callable[[int, bytes], bytes], send: Send) -> None:
        """One request came: answer it, or do what the faults say."""
        self.requests += 1
        if unit not in self.devices or unit in self.silent or self._happens("silent", unit):
            return
        if self._happens("hang_up", unit):
            self.hang_up()
            return
        answer = self._answer(unit, request)
        made = frame(unit ^ 1 if self._happens("wrong_unit", unit) else unit, answer)
        if self._happens("noise", unit):
            made = self._switches.random.randbytes(self._switches.random.randint(1, 20)) + made
        if self._happens("half_frame", unit):
            made = made[: len(made) // 2]
        delay_s = LATE_S if self._happens("late", unit) else self.delay_s.get(unit, 0.0)
        if delay_s:
            asyncio.get_running_loop().call_later(delay_s, send, made)
        else:
            send(made)

    def _answer(self, unit: int, request: bytes) -> bytes:
        for name, code in (("refused", codec.ILLEGAL_ADDRESS), ("busy", 6)):
            if self._happens(name, unit):
                return bytes([request[0] | codec.EXCEPTION_BIT, code])
        return self.devices[unit].answer(request)

    def _happens(self, name: str, unit: int) -> bool:
        if self._switches.happens(name, self._now_s()):
            self._ledger.enter(name, unit=unit)
            return True
        return False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                transaction, _, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
                request = await reader.readexactly(max(0, length - 1))

                def frame(unit: int, answer: bytes, transaction: int = transaction) -> bytes:
                    return struct.pack(">HHHB", transaction, 0, len(answer) + 1, unit) + answer

                self.heard(unit, request, frame, writer.write)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
            pass  # the other side is gone, or we are closed
        finally:
            self._writers.discard(writer)
            writer.transport.abort()


class RtuEar:
    """Cuts requests out of the bytes of a serial line: a frame ends where its CRC is right."""

    def __init__(self, server: ModbusServer, send: Send):
        self._server, self._send = server, send
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Bytes that were read."""
        buffer = self._buffer
        buffer += data
        for end in range(4, len(buffer) + 1):
            if _CRC.check(bytes(buffer[:end]), "little"):
                unit, request = buffer[0], bytes(buffer[1 : end - 2])
                del buffer[:end]
                self._server.heard(unit, request, _rtu_frame, self._send)
                return self.feed(b"") if buffer else None
        if len(buffer) > 300:
            buffer.clear()
        return None


def _rtu_frame(unit: int, answer: bytes) -> bytes:
    return _CRC.append(bytes([unit]) + answer, "little")
