"""Frames that end where a line falls silent, as those of Modbus RTU. Pure: time comes as an argument."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class _Begun(Generic[T]):
    tag: T
    data: bytearray
    at_ns: int
    heard_s: float


class Gaps(Generic[T]):
    """What was heard by stream since its last silence; a frame comes with the tag of its last chunk."""

    def __init__(self, gap_s: float, max_bytes: int):
        self._gap_s, self._max_bytes = gap_s, max_bytes
        self._begun: dict[Hashable, _Begun[T]] = {}

    @property
    def due_s(self) -> float | None:
        """When the next frame is over if nothing more comes."""
        heard_s = min((each.heard_s for each in self._begun.values()), default=None)
        return None if heard_s is None else heard_s + self._gap_s

    def feed(self, stream: Hashable, tag: T, data: bytes, at_ns: int, now_s: float) -> list[tuple[T, bytes]]:
        """The frame that was over before this chunk came at `at_ns`, if one was."""
        ended = []
        begun = self._begun.get(stream)
        if begun is not None and (at_ns - begun.at_ns) / 1e9 > self._gap_s:
            ended, begun = [self._end(stream)], None
        if begun is None:
            begun = self._begun[stream] = _Begun(tag, bytearray(), at_ns, now_s)
        begun.tag, begun.at_ns, begun.heard_s = tag, at_ns, now_s
        begun.data += data[: self._max_bytes + 1 - len(begun.data)]
        return ended

    def overdue(self, now_s: float) -> list[tuple[T, bytes]]:
        """Frames that are over by now."""
        return [self._end(s) for s in [s for s, each in self._begun.items() if each.heard_s + self._gap_s <= now_s]]

    def _end(self, stream: Hashable) -> tuple[T, bytes]:
        begun = self._begun.pop(stream)
        return begun.tag, bytes(begun.data)
