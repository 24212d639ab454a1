"""The line between gateway and host: a small queue, a port that takes what it can, and a judge of what arrives whole.

Knows frames as bytes that end in 00. Never here: what is in them, how they are spoiled, pseudo terminals.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

PACKET_BYTES = 64
"""What a full-speed USB bulk packet holds."""
QUEUE_FRAMES = 4
STUCK_S = 2.0
REMEMBERED = 4096


class Port(Protocol):
    """Where bytes go; a pseudo terminal or a list of a test."""

    @property
    def is_open(self) -> bool:
        """Whether a host holds the port open."""

    def write(self, data: bytes) -> int:
        """How many of the bytes were taken; fewer when the host does not read."""


class Judge:
    """Says which frames a perfect receiver gets: those between two delimiters of which no byte is missing or changed.

    It compares bytes and needs neither COBS nor a CRC, so it cannot share a fault with a decoder.
    """

    def __init__(self) -> None:
        self._whole: OrderedDict[bytes, int] = OrderedDict()
        self._open = bytearray()
        self._spoiled = False
        self.bad = 0

    def expect(self, frame: int, wire: bytes) -> None:
        """Know how this frame looks when it is whole."""
        self._whole[wire.rstrip(b"\x00")] = frame
        if len(self._whole) > REMEMBERED:
            self._whole.popitem(last=False)

    def restart(self, in_frame: bool) -> None:
        """The host has opened the port, maybe in the middle of a frame, of which it then sees the end only."""
        self._open.clear()
        self._spoiled = in_frame

    def take(self, data: bytes) -> list[int]:
        """Frames that these bytes complete, in order."""
        *closed, rest = (bytes(self._open) + data).split(b"\x00")
        heard = [frame for part in closed if (frame := self._frame(part)) is not None]
        self._open = bytearray(rest)
        return heard

    def _frame(self, part: bytes) -> int | None:
        spoiled, self._spoiled = self._spoiled, False
        frame = None if spoiled else self._whole.get(part)
        self.bad += bool(part) and frame is None
        return frame


@dataclass
class Piece:
    """What goes out in one go for one frame: the frame, spoiled or not, and noise around it."""

    frame: int
    data: bytes
    since_s: float


class Line:
    """Sends pieces through a port in USB packets; a queue of four keeps the newest when the host is slow.

    `on_heard` gets frames that arrived whole, `on_lost` frames and the reason: closed, queue or cut.
    """

    def __init__(
        self, port: Port, random: Random, on_heard: Callable[[int], None], on_lost: Callable[[int, str], None]
    ):
        self.judge = Judge()
        self._port, self._random = port, random
        self._on_heard, self._on_lost = on_heard, on_lost
        self._queue: deque[Piece] = deque()
        self._begun = False
        self._was_open = False

    def send(self, frame: int, data: bytes, now_s: float) -> None:
        """Queue it; the oldest that has not begun goes when there is no room."""
        if not self._port.is_open:
            self._on_lost(frame, "closed")
            return
        waiting = len(self._queue) - self._begun
        if waiting >= QUEUE_FRAMES:
            victim = self._queue[int(self._begun)]
            del self._queue[int(self._begun)]
            self._on_lost(victim.frame, "queue")
        self._queue.append(Piece(frame, data, now_s))
        self.pump(now_s)

    def pump(self, now_s: float) -> None:
        """Write what the port takes; give up the rest of a frame that nobody read for two seconds."""
        if not self.watch():
            return
        while self._queue:
            piece = self._queue[0]
            self._write(piece)
            if piece.data:
                if self._begun and now_s - piece.since_s > STUCK_S:
                    self._on_lost(piece.frame, "cut")
                    self._next()
                return
            self._next()

    def watch(self) -> bool:
        """Notice the host opening or closing the port; whether it is open."""
        is_open = self._port.is_open
        if is_open and not self._was_open:
            self.judge.restart(in_frame=self._begun)
        if not is_open and self._was_open:
            self.drop("closed")
        self._was_open = is_open
        return is_open

    def drop(self, reason: str) -> None:
        """Lose what waits."""
        for piece in self._queue:
            self._on_lost(piece.frame, reason)
        self._queue.clear()
        self._begun = False

    def _write(self, piece: Piece) -> None:
        while piece.data:
            packet = piece.data[: self._random.randint(1, PACKET_BYTES)]
            taken = self._port.write(packet)
            for frame in self.judge.take(packet[:taken]):
                self._on_heard(frame)
            piece.data = piece.data[taken:]
            self._begun = self._begun or taken > 0
            if taken < len(packet):
                return

    def _next(self) -> None:
        self._queue.popleft()
        self._begun = False
