"""Listening to a line that others use too: what comes waits in a bounded queue, and a full one pauses the reading.

Never here: what the line is, what its bytes mean.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from nodes.queues.openings import Openings, Piece
from nodes.queues.source_queue import SourceQueue

WAITING_CHUNKS: Final = 16

OnData = Callable[[bytes], None]
More = Callable[[], Awaitable[Iterator[tuple[bytes, bool]]]]


class Line(Protocol):
    """A line with several readers, each of which may pause for itself."""

    def add_reader(self, on_data: OnData) -> None:
        """Give it everything that comes from now on."""

    def remove_reader(self, on_data: OnData) -> None:
        """Give it nothing any more."""

    def pause(self, on_data: OnData, paused: bool) -> None:
        """Whether the reader can take nothing now."""


@contextmanager
def listening(line: Line, opened: Callable[[], int]) -> Iterator[More]:
    """A function that waits for the next bytes; each comes with whether the line was opened anew before it.

    `opened` tells how often the line was open so far.
    """
    arrivals: SourceQueue[Piece] = SourceQueue(WAITING_CHUNKS)
    openings = Openings(opened())

    def take(data: bytes) -> None:
        arrivals.put(((opened(), data),))
        if arrivals.full:
            line.pause(take, True)

    async def more() -> Iterator[tuple[bytes, bool]]:
        pieces = await arrivals.take()
        line.pause(take, False)
        return openings.joined(pieces)

    line.add_reader(take)
    try:
        yield more
    finally:
        line.remove_reader(take)
