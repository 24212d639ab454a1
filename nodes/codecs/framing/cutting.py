"""Where frames end in a byte stream: cutting at delimiters or by announced lengths. What a frame holds is in `framing`.

A cutter returns the parts a chunk completes, still encoded. A part longer than `max_bytes` is the beginning of a frame
that grew too long; it comes once, and the rest of that frame never comes. No cutter holds more than about one frame.
"""

from dataclasses import dataclass
from typing import Literal, Protocol


class Cutter(Protocol):
    """Cuts a stream into parts."""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the parts that end in this chunk, in order."""

    def reset(self) -> bytes:
        """Forget a part begun, and return it."""


class Noise(bytes):
    """Bytes skipped because no frame can begin in them."""


@dataclass(frozen=True, slots=True)
class LengthPrefix:
    """How a length stands before its frame: in 1, 2 or 4 bytes, in which byte order, and whether it counts itself."""

    size_bytes: int = 2
    order: Literal["big", "little"] = "big"
    inclusive: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for another size."""
        if self.size_bytes not in (1, 2, 4):
            raise ValueError(f"a length takes 1, 2 or 4 bytes, not {self.size_bytes}")


class DelimiterCutter:
    """Parts end at a delimiter of one byte, which is not part of them."""

    def __init__(self, delimiter: bytes, max_bytes: int) -> None:
        """A part of more than `max_bytes` ends where it gets too long."""
        self._delimiter = delimiter
        self._max_bytes = max_bytes
        self._held = bytearray()
        self._overflowed = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the parts that end in this chunk, empty ones too."""
        parts = chunk.split(self._delimiter)
        rest = parts.pop()
        if parts:
            self._close_held(parts)
        if not self._overflowed:
            self._held += rest
            if len(self._held) > self._max_bytes:
                self._overflowed = True
                parts.append(bytes(self._held[: self._max_bytes + 1]))
                self._held = bytearray()
        return parts

    def reset(self) -> bytes:
        """Forget a part begun, and return it."""
        held, self._held, self._overflowed = bytes(self._held), bytearray(), False
        return held

    def _close_held(self, parts: list[bytes]) -> None:
        if self._overflowed:
            del parts[0]  # the tail of what was already cut off
            self._overflowed = False
        elif self._held:
            parts[0] = bytes(self._held) + parts[0]
            self._held = bytearray()


class LineCutter(DelimiterCutter):
    """Parts end at LF or CRLF. A CR alone is a byte like any other."""

    def __init__(self, max_bytes: int) -> None:
        """`max_bytes` is without the line end: one more is held, for it may turn out to be the CR."""
        super().__init__(b"\n", max_bytes + 1)

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the lines that end in this chunk, empty ones too."""
        return [part.removesuffix(b"\r") for part in super().feed(chunk)]


class LengthCutter:
    """Parts follow their length.

    A length that no frame can have is noise: its first byte is skipped and the next tried; the bytes skipped come as
    one Noise. Noise that looks like a length swallows what follows: lines that lose bytes need `reset` in their pauses.
    """

    def __init__(self, max_bytes: int, prefix: LengthPrefix) -> None:
        """A length of more than `max_bytes` is noise."""
        self._max_bytes = max_bytes
        self._prefix = prefix
        self._held = bytearray()
        self._noise = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the parts that end in this chunk, empty ones too."""
        parts: list[bytes] = []
        held = self._held
        held += chunk
        size, begin, total = self._prefix.size_bytes, 0, len(held)
        while total - begin >= size:
            length = self._length(held, begin)
            if not 0 <= length <= self._max_bytes:
                self._skip(held[begin])
                begin += 1
                continue
            if self._noise:
                parts.append(Noise(self._noise))
                self._noise.clear()
            if total - begin - size < length:
                break
            begin += size
            parts.append(bytes(held[begin : begin + length]))
            begin += length
        del held[:begin]
        return parts

    def reset(self) -> bytes:
        """Forget a part begun, and return it with the noise before it."""
        held = bytes(self._noise + self._held)[: self._max_bytes]
        self._held.clear()
        self._noise.clear()
        return held

    def _length(self, held: bytearray, begin: int) -> int:
        size = self._prefix.size_bytes
        announced = int.from_bytes(held[begin : begin + size], self._prefix.order)
        return announced - size if self._prefix.inclusive else announced

    def _skip(self, byte: int) -> None:
        if len(self._noise) < self._max_bytes:
            self._noise.append(byte)


class WholeCutter:
    """Every chunk is a part: for transports that keep messages apart."""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the chunk, if it holds anything."""
        return [chunk] if chunk else []

    def reset(self) -> bytes:
        """Nothing is ever held."""
        return b""
