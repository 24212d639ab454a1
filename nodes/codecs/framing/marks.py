"""More ways to cut a byte stream, for meters and scales: fixed lengths, marks, a length at an offset. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nodes.codecs.framing.cutting import Noise

LINE_END = b"\r\n"


@dataclass(frozen=True, slots=True)
class Fixed:
    """Every frame has so many bytes."""

    length_bytes: int


@dataclass(frozen=True, slots=True)
class Marks:
    """A frame lies from `start` (nothing: from the end of the one before) to `end`, with `tail_bytes` behind that."""

    end: bytes
    start: bytes = b""
    tail_bytes: int = 0


@dataclass(frozen=True, slots=True)
class LengthAt:
    """A length stands `offset` bytes into each frame; with `adjust` added it is that of the whole frame."""

    offset: int
    size_bytes: int
    order: Literal["big", "little"]
    adjust: int


class FixedCutter:
    """Parts of one length. Where the first begins nobody can tell: `reset` in the pauses of the line."""

    def __init__(self, shape: Fixed) -> None:
        self._length = shape.length_bytes
        self._held = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the parts that end in this chunk."""
        held, length = self._held, self._length
        held += chunk
        ends = len(held) // length * length
        parts = [bytes(held[at : at + length]) for at in range(0, ends, length)]
        del held[:ends]
        return parts

    def reset(self) -> bytes:
        """Forget a part begun, and return it."""
        held, self._held = bytes(self._held), bytearray()
        return held


class MarkCutter:
    """Parts lie between marks, which stay in them. What stands before a start is noise; a second start begins anew.

    Ends of lines between frames are none: NMEA 0183 and DSMR P1 have one behind each frame.
    """

    def __init__(self, max_bytes: int, shape: Marks) -> None:
        self._max_bytes, self._shape = max_bytes, shape
        self._held = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the parts that end in this chunk, and as Noise what belongs to none."""
        parts: list[bytes] = []
        shape = self._shape
        self._held += chunk
        while (end := self._end()) is not None:
            part = bytes(self._held[:end])
            del self._held[:end]
            begin = part[: len(part) - shape.tail_bytes].rfind(shape.start) if shape.start else 0
            if begin < 0:
                parts.append(Noise(part))
            elif part[:begin].strip(LINE_END):
                parts.append(Noise(part[:begin]))
            if begin >= 0:
                parts.append(part[begin:])
        if len(self._held) > self._max_bytes:
            parts.append(bytes(self._held[: self._max_bytes + 1]))
            del self._held[:]
        return parts

    def reset(self) -> bytes:
        """Forget a part begun, and return it."""
        held, self._held = bytes(self._held), bytearray()
        return held

    def _end(self) -> int | None:
        shape = self._shape
        at = self._held.find(shape.end)
        end = at + len(shape.end) + shape.tail_bytes
        return end if at >= 0 and len(self._held) >= end else None


class LengthAtCutter:
    """Parts tell their own length. One that cannot be is noise: its first byte is skipped and the next tried."""

    def __init__(self, max_bytes: int, shape: LengthAt) -> None:
        self._max_bytes, self._shape = max_bytes, shape
        self._held = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the parts that end in this chunk, and as Noise what belongs to none."""
        parts: list[bytes] = []
        shape, held, begin, noise = self._shape, self._held, 0, 0
        held += chunk
        least = shape.offset + shape.size_bytes
        while len(held) - begin >= least:
            at = begin + shape.offset
            length = int.from_bytes(held[at : at + shape.size_bytes], shape.order) + shape.adjust
            if not least <= length <= self._max_bytes:
                begin, noise = begin + 1, noise + 1
                continue
            if noise:
                parts.append(Noise(held[begin - noise : begin]))
                noise = 0
            if len(held) - begin < length:
                break
            parts.append(bytes(held[begin : begin + length]))
            begin += length
        if noise:
            parts.append(Noise(held[begin - noise : begin]))
        del held[:begin]
        return parts

    def reset(self) -> bytes:
        """Forget a part begun, and return it."""
        held, self._held = bytes(self._held), bytearray()
        return held
