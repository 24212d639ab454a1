"""Frames of Modbus ASCII: a colon, two hex digits a byte, a sum, CR and LF (Serial Line V1.02, 2.5.2). Pure."""

from __future__ import annotations

import re

from nodes.codecs.modbus.frames import MOST_PDU_BYTES, Unnumbered

_FRAME = re.compile(rb":((?:[0-9A-Fa-f]{2}){3,})\r?\n")
_MOST_BYTES = 2 * (MOST_PDU_BYTES + 2) + 3


class AsciiFraming(Unnumbered):
    """Answers have no number, as with RTU: unit, function, length and sum must fit."""

    def request(self, unit: int, pdu: bytes) -> bytes:
        """As `Framing` says; what was read before it can be no answer to it."""
        self._drop(len(self._buffer))
        self._open = unit, pdu
        body = bytes([unit]) + pdu
        return b":" + (body + bytes([_sum(body)])).hex().upper().encode() + b"\r\n"

    def feed(self, data: bytes) -> bytes | None:
        """As `Framing` says."""
        self._buffer += data
        found = None
        while (end := self._buffer.find(b"\n") + 1) > 0:
            begin = max(0, self._buffer.rfind(b":", 0, end))  # a colon begins a frame anew, whatever came before
            self._drop(begin)
            found = self._take(bytes(self._buffer[: end - begin])) or found
            del self._buffer[: end - begin]
        self._drop(len(self._buffer) - _MOST_BYTES)
        return found

    def _take(self, line: bytes) -> bytes | None:
        """The PDU in a line when it is the answer that is waited for."""
        frame = _FRAME.fullmatch(line)
        body = bytes.fromhex(frame[1].decode()) if frame else b""
        if not body or sum(body) & 0xFF:
            self.noise_bytes += len(line)
            return None
        pdu = body[1:-1]
        if len(pdu) != self._answer_bytes(body[0], pdu[0]):
            self.late += 1
            return None
        self._open = None
        return pdu

    def _drop(self, count: int) -> None:
        if count > 0:
            self.noise_bytes += count
            del self._buffer[:count]


def _sum(body: bytes) -> int:
    """What makes the sum of all bytes 0 (2.5.2.2)."""
    return -sum(body) & 0xFF
