"""Frames that end where a line falls silent, as those of Modbus RTU. Pure: time comes as an argument."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from itertools import takewhile
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class _Begun(Generic[T]):
    tag: T
    data: bytearray
    at_ns: int
    heard_s: float

    def ended(self) -> tuple[T, bytes]:
        """The whole frame with its tag."""
        return self.tag, bytes(self.data)


class Gaps(Generic[T]):
    """What was heard by stream since its last silence; a frame comes with the tag of its last chunk."""

    def __init__(self, gap_s: float, max_bytes: int):
        self._gap_s, self._max_bytes = gap_s, max_bytes
        self._begun: dict[Hashable, _Begun[T]] = {}
        """By stream, the one silent longest first: anybody who may send can begin many."""

    @property
    def due_s(self) -> float | None:
        """When the next frame is over if nothing more comes."""
        return next(iter(self._begun.values())).heard_s + self._gap_s if self._begun else None

    def feed(self, stream: Hashable, tag: T, data: bytes, at_ns: int, now_s: float) -> list[tuple[T, bytes]]:
        """The frame that was over before this chunk came at `at_ns`, if one was."""
        ended: list[tuple[T, bytes]] = []
        begun = self._begun.pop(stream, None)
        if begun is not None and (at_ns - begun.at_ns) / 1e9 > self._gap_s:
            ended, begun = [begun.ended()], None
        if begun is None:
            begun = _Begun(tag, bytearray(), at_ns, now_s)
        self._begun[stream] = begun
        begun.tag, begun.at_ns, begun.heard_s = tag, at_ns, now_s
        begun.data += data[: self._max_bytes + 1 - len(begun.data)]
        return ended

    def overdue(self, now_s: float) -> list[tuple[T, bytes]]:
        """Frames that are over by now."""
        over = [s for s, _ in takewhile(lambda each: each[1].heard_s + self._gap_s <= now_s, self._begun.items())]
        return [self._begun.pop(stream).ended() for stream in over]
