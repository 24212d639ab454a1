"""How far each partition is done with: what may be committed when messages are settled in any order. No I/O.

An offset that is committed is the next one to read (Kafka documentation, "Consumer Position").
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping


class Taken:
    """One message that is in the flow."""

    __slots__ = ("offset", "settled")

    def __init__(self, offset: int):
        self.offset, self.settled = offset, False


class Partition:
    """What is in the flow of one partition, oldest first."""

    def __init__(self, committed: int):
        self.committed = self.next = committed
        self._open: deque[Taken] = deque()

    def take(self, offset: int) -> Taken:
        """A message that was read; offsets grow, with gaps."""
        place = Taken(offset)
        self._open.append(place)
        self.next = offset + 1
        return place

    @property
    def done(self) -> int:
        """What may be committed: all before it is settled."""
        self._let_go()
        return self._open[0].offset if self._open else self.next

    def __len__(self) -> int:
        self._let_go()
        return len(self._open)

    def _let_go(self) -> None:
        while self._open and self._open[0].settled:
            self._open.popleft()


class Offsets:
    """All partitions that this reader has or had, by (topic, number)."""

    def __init__(self) -> None:
        self._partitions: dict[tuple[str, int], Partition] = {}

    def begin(self, topic: str, number: int, committed: int, is_known: bool = True) -> int:
        """Where to read a partition from that was given to this reader: not again what the flow still holds.

        Another reader may have got further meanwhile; what it committed is not read either. A place that the cluster
        does not know yet is due to be committed.
        """
        known = self._partitions.get((topic, number))
        if known is None or committed > known.next:
            known = self._partitions[topic, number] = Partition(committed)
        known.committed = max(committed, known.committed) if is_known else -1
        return known.next

    def expects(self, topic: str, number: int, offset: int) -> bool:
        """Whether it is to be taken: it was not before, and its partition is this reader's."""
        known = self._partitions.get((topic, number))
        return known is not None and offset >= known.next

    def take(self, topic: str, number: int, offset: int) -> Taken:
        """A message that was read."""
        return self._partitions[topic, number].take(offset)

    def due(self) -> Mapping[tuple[str, int], int]:
        """What to commit now; say `committed` when that is done."""
        return {key: each.done for key, each in self._partitions.items() if each.done > each.committed}

    def committed(self, told: Mapping[tuple[str, int], int]) -> None:
        """The cluster knows these."""
        for key, offset in told.items():
            self._partitions[key].committed = max(self._partitions[key].committed, offset)

    def __len__(self) -> int:
        return sum(map(len, self._partitions.values()))
