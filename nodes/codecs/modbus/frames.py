"""Frames of Modbus: MBAP on TCP (MODBUS Messaging on TCP/IP V1.0b, 3.1.3) and RTU (Serial Line V1.02, 2.5.1). Pure."""

from __future__ import annotations

import struct
from typing import Protocol

from nodes.codecs.crc.check import crc
from nodes.codecs.modbus.pdu import EXCEPTION_BIT, answer_bytes

MOST_PDU_BYTES = 253
_HEAD_BYTES = 7
EXCEPTION_BYTES = 2
_EXCEPTION_FRAME_BYTES = EXCEPTION_BYTES + 3
_CRC = crc("crc-16/modbus")


class Framing(Protocol):
    """One conversation: at most one request is open at a time; what comes outside of it is counted and dropped."""

    late: int
    """Answers to requests that nobody waits for any more."""

    noise_bytes: int
    """Bytes that belong to no frame."""

    def request(self, unit: int, pdu: bytes) -> bytes:
        """The frame to send; from now on its answer is what is looked for."""

    def give_up(self) -> None:
        """Nobody waits any more; an answer that still comes is late."""

    def feed(self, data: bytes) -> bytes | None:
        """The PDU of the answer once it is complete."""

    def reset(self) -> None:
        """The line is a new one: forget what was read of the old."""


class MbapFraming:
    """Modbus TCP. The transaction number tells a late answer from the one that is waited for."""

    def __init__(self) -> None:
        self.late = self.noise_bytes = 0
        self._buffer = bytearray()
        self._transaction = 0
        self._open: tuple[int, int] | None = None

    def request(self, unit: int, pdu: bytes) -> bytes:
        """As `Framing` says."""
        self._transaction = self._transaction % 0xFFFF + 1
        self._open = self._transaction, unit
        return struct.pack(">HHHB", self._transaction, 0, len(pdu) + 1, unit) + pdu

    def give_up(self) -> None:
        """As `Framing` says."""
        self._open = None

    def reset(self) -> None:
        """As `Framing` says."""
        self._buffer.clear()
        self._open = None

    def feed(self, data: bytes) -> bytes | None:
        """As `Framing` says."""
        buffer, found = self._buffer, None
        buffer += data
        while len(buffer) >= _HEAD_BYTES:
            transaction, protocol, length, unit = struct.unpack_from(">HHHB", buffer)
            if protocol or not 2 < length <= MOST_PDU_BYTES + 1:
                # Nothing tells where the next frame begins: TCP loses no bytes, so the other side speaks no Modbus.
                self.noise_bytes += len(buffer)
                buffer.clear()
                break
            if len(buffer) < 6 + length:
                break
            pdu = bytes(buffer[_HEAD_BYTES : 6 + length])
            del buffer[: 6 + length]
            if (transaction, unit) == self._open:
                self._open, found = None, pdu
            else:
                self.late += 1
        return found


class Unnumbered:
    """What framings share whose answers have no number: bytes that came, and the unit and request that wait."""

    def __init__(self) -> None:
        self.late = self.noise_bytes = 0
        self._buffer = bytearray()
        self._open: tuple[int, bytes] | None = None

    def give_up(self) -> None:
        """As `Framing` says."""
        self._open = None

    def reset(self) -> None:
        """As `Framing` says."""
        self._buffer.clear()
        self._open = None

    def _answer_bytes(self, unit: int, function: int) -> int:
        """How long an answer with this unit and function is; 0 for one that nobody waits for."""
        if self._open is None or unit != self._open[0]:
            return 0
        request = self._open[1]
        if function == request[0] | EXCEPTION_BIT:
            return EXCEPTION_BYTES
        return answer_bytes(request) if function == request[0] else 0


class RtuFraming(Unnumbered):
    """Modbus RTU, on a serial line or a TCP socket. Answers have no number: unit, function, length and CRC must fit."""

    def request(self, unit: int, pdu: bytes) -> bytes:
        """As `Framing` says; what was read before it can be no answer to it."""
        self._drop(len(self._buffer))
        self._open = unit, pdu
        return _CRC.append(bytes([unit]) + pdu, "little")

    def feed(self, data: bytes) -> bytes | None:
        """As `Framing` says."""
        self._buffer += data
        if self._open is None:
            if len(self._buffer) > 2 * MOST_PDU_BYTES:
                self._drop(len(self._buffer))
            return None
        for start in range(len(self._buffer)):
            pdu = self._answer_at(start)
            if pdu is not None:
                self._drop(start)
                del self._buffer[: len(pdu) + 3]
                self._open = None
                return pdu
        if len(self._buffer) > 2 * MOST_PDU_BYTES:
            self._drop(len(self._buffer) - MOST_PDU_BYTES)
        return None

    def _answer_at(self, start: int) -> bytes | None:
        buffer = self._buffer
        if len(buffer) - start < _EXCEPTION_FRAME_BYTES:
            return None
        length = self._answer_bytes(buffer[start], buffer[start + 1])
        frame = bytes(buffer[start : start + length + 3])
        return frame[1:-2] if length and len(frame) == length + 3 and _CRC.check(frame, "little") else None

    def _drop(self, count: int) -> None:
        """The first bytes belong to no answer that is waited for: a whole frame is a late one, the rest is noise."""
        dropped = bytes(self._buffer[:count])
        del self._buffer[:count]
        if count >= _EXCEPTION_FRAME_BYTES and _CRC.check(dropped, "little"):
            self.late += 1
        else:
            self.noise_bytes += count
