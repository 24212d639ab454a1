"""Frames out of a byte stream and into one: COBS, SLIP, lines, length prefix. Cutting the stream is in `framing_cut`.

A decoder takes chunks cut anywhere and gives the same frames however they were cut. Noise costs the frame it touches:
after it the decoder finds the next one. What it refuses it hands back with the reason; it holds at most one frame.
Never here: ports, CRCs, payloads (`packets` joins those).
"""

from collections import Counter
from collections.abc import Callable
from typing import Generic, TypeVar

from cobs import cobs

from nodes.codecs.framing.cutting import (
    Cutter,
    DelimiterCutter,
    LengthCutter,
    LengthPrefix,
    LineCutter,
    Noise,
    WholeCutter,
)
from nodes.codecs.framing.marks import Fixed, FixedCutter, LengthAt, LengthAtCutter, MarkCutter, Marks

FRAMINGS = ("cobs", "slip", "lines", "length", "none", "fixed", "delimited", "length_at")
MAX_BYTES = 65536

Shape = LengthPrefix | Fixed | Marks | LengthAt
"""What a framing has to know beyond its name."""

Rejected = tuple[str, bytes]
"""The reason (a short stable word) and the bytes as they came, at most `max_bytes` of them."""

T = TypeVar("T")


class BadFrame(ValueError):
    """Bytes that are no frame, or a frame that cannot be sent."""

    def __init__(self, reason: str) -> None:
        """Take the reason: a short stable word, fit to be a metric's label."""
        super().__init__(reason)
        self.reason = reason


class FrameDecoder(Generic[T]):
    """Frames out of chunks, each turned by `open_frame` into what `feed` returns (the frame's bytes by default).

    `counters` count since the beginning: frames_ok, frames_bad, frames_empty (two delimiters in a row: the line idles),
    frames_overflow, frames_discarded_partial. `rejected` counts by reason: the framing's name (not decodable),
    bad_length, overflow, partial, and those of `open_frame`, which may raise any ValueError with a `reason`.
    """

    def __init__(
        self,
        framing: str,
        open_frame: Callable[[bytes], T],
        max_bytes: int = MAX_BYTES,
        shape: Shape | None = None,
    ) -> None:
        """`max_bytes` bounds a frame as it comes, delimiters not counted. Raises ValueError for an unknown framing."""
        self.framing = _known(framing)
        self.max_bytes = max_bytes
        self.counters: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.rejected_at: list[int] = []
        """Where among all parts of the last chunk the rejected ones stood."""

        self._open = open_frame
        self._cutter = _cutter(framing, max_bytes, shape)

    def feed(self, chunk: bytes) -> tuple[list[T], list[Rejected]]:
        """Return what this chunk completes and what was refused in it, each in order. Never raises for bad bytes."""
        opened: list[T] = []
        rejected: list[Rejected] = []
        keep, open_frame, max_bytes, empty = opened.append, self._open, self.max_bytes, 0
        self.rejected_at = []
        for part in self._cutter.feed(chunk):
            if not part:
                empty += 1
            elif len(part) > max_bytes:
                self.rejected_at.append(len(opened) + len(rejected))
                rejected.append(("overflow", part[:max_bytes]))
            else:
                try:
                    keep(open_frame(part))
                except (ValueError, cobs.DecodeError) as error:
                    self.rejected_at.append(len(opened) + len(rejected))
                    rejected.append((getattr(error, "reason", self.framing), bytes(part)))
        self._count(len(opened), empty, rejected)
        return opened, rejected

    def reset(self) -> list[Rejected]:
        """Forget a frame begun (the port was opened anew, the line fell silent); return it as rejected, if any."""
        partial = self._cutter.reset()
        if not partial:
            return []
        self.counters["frames_discarded_partial"] += 1
        self.rejected["partial"] += 1
        return [("partial", partial)]

    def _count(self, opened: int, empty: int, rejected: list[Rejected]) -> None:
        if opened:
            self.counters["frames_ok"] += opened
        if empty:
            self.counters["frames_empty"] += empty
        for reason, _ in rejected:
            self.rejected[reason] += 1
            self.counters["frames_overflow" if reason == "overflow" else "frames_bad"] += 1


def unwrap(framing: str) -> Callable[[bytes], bytes]:
    """Return the function from the bytes between delimiters to their frame; it raises BadFrame or cobs.DecodeError."""
    return _UNWRAP[_known(framing)]


def encode(framing: str, frame: bytes, prefix: LengthPrefix | None = None, line_end: bytes = b"\n") -> bytes:
    """Return `frame` as it goes on the wire, delimiters included. Raises BadFrame for one that cannot be sent.

    `fixed`, `delimited` and `length_at` only read: whoever sends such frames builds them whole.

    COBS: Cheshire and Baker 1997, closed by 00. SLIP: RFC 1055, END on both sides. Lines: `line_end` (LF, CRLF) behind.
    """
    if _known(framing) not in _ENCODE:
        raise BadFrame("only_read")
    return _ENCODE[framing](frame, prefix or LengthPrefix(), line_end)


def _known(framing: str) -> str:
    if framing not in FRAMINGS:
        raise ValueError(f"no such framing: {framing}; use {', '.join(FRAMINGS)}")
    return framing


_decode_cobs: Callable[[bytes], bytes] = cobs.decode
_END, _ESC, _ESC_END, _ESC_ESC = b"\xc0", b"\xdb", b"\xdb\xdc", b"\xdb\xdd"


def _unwrap_slip(part: bytes) -> bytes:
    escapes = part.count(_ESC)
    if not escapes:
        return part
    if escapes != part.count(_ESC_END) + part.count(_ESC_ESC):
        raise BadFrame("slip")
    return part.replace(_ESC_END, _END).replace(_ESC_ESC, _ESC)


def _unwrap_length(part: bytes) -> bytes:
    if isinstance(part, Noise):
        raise BadFrame("bad_length")
    return part


def _encode_cobs(frame: bytes, prefix: LengthPrefix, line_end: bytes) -> bytes:
    return bytes(cobs.encode(frame)) + b"\x00"


def _encode_slip(frame: bytes, prefix: LengthPrefix, line_end: bytes) -> bytes:
    return _END + frame.replace(_ESC, _ESC_ESC).replace(_END, _ESC_END) + _END


def _encode_line(frame: bytes, prefix: LengthPrefix, line_end: bytes) -> bytes:
    if not frame or b"\n" in frame or frame.endswith(b"\r"):
        raise BadFrame("not_a_line")
    return frame + line_end


def _encode_length(frame: bytes, prefix: LengthPrefix, line_end: bytes) -> bytes:
    announced = len(frame) + prefix.size_bytes * prefix.inclusive
    if announced >> (8 * prefix.size_bytes):
        raise BadFrame("too_large")
    return announced.to_bytes(prefix.size_bytes, prefix.order) + frame


def _unwrap_marked(part: bytes) -> bytes:
    if isinstance(part, Noise):
        raise BadFrame("noise")
    return part


def _cutter(framing: str, max_bytes: int, shape: Shape | None) -> Cutter:
    """Raise ValueError for a framing that needs a shape and has another."""
    if framing == "length" and (shape is None or isinstance(shape, LengthPrefix)):
        return LengthCutter(max_bytes, shape or LengthPrefix())
    if framing == "fixed" and isinstance(shape, Fixed):
        return FixedCutter(shape)
    if framing == "delimited" and isinstance(shape, Marks):
        return MarkCutter(max_bytes, shape)
    if framing == "length_at" and isinstance(shape, LengthAt):
        return LengthAtCutter(max_bytes, shape)
    if framing in _CUTTERS:
        return _CUTTERS[framing](max_bytes)
    raise ValueError(f"framing {framing} has no such shape: {shape}")


_CUTTERS: dict[str, Callable[[int], Cutter]] = {
    "cobs": lambda max_bytes: DelimiterCutter(b"\x00", max_bytes),
    "slip": lambda max_bytes: DelimiterCutter(_END, max_bytes),
    "lines": LineCutter,
    "none": lambda max_bytes: WholeCutter(),
}
_UNWRAP: dict[str, Callable[[bytes], bytes]] = {
    "cobs": _decode_cobs,
    "slip": _unwrap_slip,
    "lines": bytes,
    "length": _unwrap_length,
    "none": bytes,
    "fixed": bytes,
    "delimited": _unwrap_marked,
    "length_at": _unwrap_marked,
}
_ENCODE: dict[str, Callable[[bytes, LengthPrefix, bytes], bytes]] = {
    "cobs": _encode_cobs,
    "slip": _encode_slip,
    "lines": _encode_line,
    "length": _encode_length,
    "none": lambda frame, prefix, line_end: frame,
}
