"""Which topics there were, in eight bytes each. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_left

BLOCK = 50_000
"""So many are looked for in a table; all before them are sorted numbers."""

MOST = 1_000_000


class Remembered:
    """The first `MOST` texts that were added, by their hashes: of a million, two share one once in 30 million runs."""

    def __init__(self) -> None:
        self._young: set[int] = set()
        self._blocks: list[array[int]] = []

    def __contains__(self, text: str) -> bool:
        number = hash(text)
        return number in self._young or any(_stands_in(block, number) for block in self._blocks)

    def __len__(self) -> int:
        return len(self._young) + BLOCK * len(self._blocks)

    def add(self, text: str) -> None:
        """Remember one that is not in here yet; nothing once there are `MOST`."""
        if len(self) >= MOST:
            return
        self._young.add(hash(text))
        if len(self._young) == BLOCK:
            self._blocks.append(array("q", sorted(self._young)))
            self._young.clear()

    def clear(self) -> None:
        """Forget them all."""
        self._young.clear()
        self._blocks.clear()


def _stands_in(block: array[int], number: int) -> bool:
    place = bisect_left(block, number)
    return place < len(block) and block[place] == number
