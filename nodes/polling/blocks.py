"""Which addresses are read together, and what is learned from a device that refuses some of them. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

AGAIN_S = 600.0
"""How long a refused point is left out before it is tried again."""


class Span(NamedTuple):
    """Where a point lies: `length` addresses from `start` in a table."""

    table: Hashable
    start: int
    length: int
    point: int

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.start + self.length


class Block(NamedTuple):
    """Points of one table that one request reads; sorted by address."""

    spans: tuple[Span, ...]

    @property
    def table(self) -> Hashable:
        """Where they lie."""
        return self.spans[0].table

    @property
    def start(self) -> int:
        """The first address."""
        return self.spans[0].start

    @property
    def length(self) -> int:
        """How many addresses, gaps included."""
        return max(span.end for span in self.spans) - self.start

    def halves(self) -> tuple[Block, Block]:
        """The block in two, for the search after an address that is refused."""
        middle = len(self.spans) // 2
        return Block(self.spans[:middle]), Block(self.spans[middle:])


def blocks(spans: Sequence[Span], max_gap: int, longest: int) -> list[Block]:
    """As few blocks as it takes: over gaps of at most `max_gap` addresses, each of at most `longest`."""
    made: list[list[Span]] = []
    end = 0
    for span in sorted(spans, key=lambda each: (str(each.table), each.start, each.length)):
        last = made[-1] if made else None
        if (
            last is not None
            and last[0].table == span.table
            and span.start - end <= max_gap
            and max(end, span.end) - last[0].start <= longest
        ):
            last.append(span)
            end = max(end, span.end)
        else:
            made.append([span])
            end = span.end
    return [Block(tuple(each)) for each in made]


class ReadPlan:
    """The blocks of one poll. A refused block is halved until the bad point is known, which is left out for a while."""

    def __init__(self, made: Sequence[Block]):
        self._blocks = list(made)
        self._left_out: dict[int, tuple[Block, str, float]] = {}

    def due(self, now_s: float) -> list[Block]:
        """What to read in a cycle that begins now."""
        for point, (block, _, again_s) in list(self._left_out.items()):
            if now_s >= again_s:
                del self._left_out[point]
                self._blocks.append(block)
        return list(self._blocks)

    @property
    def left_out(self) -> dict[int, str]:
        """Points that the device refuses, with its reason."""
        return {point: reason for point, (_, reason, _) in self._left_out.items()}

    def refused(self, block: Block, reason: str, now_s: float) -> tuple[Block, ...]:
        """The device refuses this block: what to read instead, now and from now on; nothing where it is one point."""
        self._blocks.remove(block)
        if len(block.spans) > 1:
            instead = block.halves()
            self._blocks += instead
            return instead
        self.leave_out(block, reason, now_s)
        return ()

    def refused_whole(self, block: Block, reason: str, now_s: float) -> None:
        """The device knows no such table: searching in it is of no use."""
        self._blocks.remove(block)
        self.leave_out(block, reason, now_s)

    def leave_out(self, block: Block, reason: str, now_s: float) -> None:
        """Try each of these points alone, later."""
        for span in block.spans:
            self._left_out[span.point] = Block((span,)), reason, now_s + AGAIN_S
