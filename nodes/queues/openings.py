"""Pieces of a stream that is opened again and again: what belongs together, and where a new stream begins. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

Piece = tuple[int, bytes]
"""Bytes, and in which opening of the line (counted from 1) they came."""


class Openings:
    """Tells the first bytes of a new opening from those that go on; `opened` is how often the line was open so far."""

    def __init__(self, opened: int):
        self._last = max(opened, 1)

    def joined(self, pieces: Iterable[Piece]) -> Iterator[tuple[bytes, bool]]:
        """The bytes of each opening in one, each with whether the line was opened anew before it.

        Bytes of two openings are never joined: between them some are missing.
        """
        for opening, together in groupby(pieces, itemgetter(0)):
            chunks = [data for _, data in together]
            yield (chunks[0] if len(chunks) == 1 else b"".join(chunks)), opening > self._last
            self._last = max(self._last, opening)
