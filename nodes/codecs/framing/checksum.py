"""Checksums behind frames: XOR, sum or a CRC, in hex or as bytes. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Literal

from nodes.codecs.crc.check import Crc, crc
from nodes.codecs.framing.frames import BadFrame


@dataclass(frozen=True, slots=True)
class Checksum:
    """What stands behind a frame. It does not cover `skip_bytes` at the start and `drop_bytes` at the end."""

    name: str
    """`xor`, `sum`, or a CRC by its name."""

    written: Literal["hex", "binary"] = "binary"
    order: Literal["big", "little"] = "big"
    skip_bytes: int = 0
    drop_bytes: int = 0

    @property
    def width_bytes(self) -> int:
        """How many bytes it takes on the wire."""
        width = 1 if self.name in ("xor", "sum") else crc(self.name).width_bytes
        return width * 2 if self.written == "hex" else width

    def opener(self) -> Callable[[bytes], bytes]:
        """Return the function from a frame with its checksum to the frame without; it raises BadFrame."""
        width, skip, drop = self.width_bytes, self.skip_bytes, self.drop_bytes
        compute = _compute(self.name)

        def checked(part: bytes) -> bytes:
            if len(part) < width + skip + drop:
                raise BadFrame("short")
            frame, sent = part[:-width], part[-width:]
            if compute(frame[skip : len(frame) - drop]) != self._read(sent):
                raise BadFrame("checksum")
            return frame

        return checked

    def _read(self, sent: bytes) -> int:
        if self.written == "binary":
            return int.from_bytes(sent, self.order)
        try:
            found = bytes.fromhex(sent.decode("ascii"))
        except ValueError:
            raise BadFrame("checksum") from None
        return int.from_bytes(found, self.order)


def _compute(name: str) -> Callable[[bytes], int]:
    if name == "xor":
        return lambda data: reduce(xor, data, 0)
    if name == "sum":
        return lambda data: sum(data) & 0xFF
    named: Crc = crc(name)
    return named.compute
