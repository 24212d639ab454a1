"""Names of jobs that ended, the newest so many. Never here: disks, what a job was."""

from __future__ import annotations

from collections.abc import Mapping


class Ended:
    """Remembers the newest `most` names; numbers tell their order, also over restarts."""

    def __init__(self, most: int):
        self._most = most
        self._numbers: dict[str, int] = {}
        self._next = 0

    def __contains__(self, id: str) -> bool:
        return id in self._numbers

    def take_up(self, numbers: Mapping[str, int]) -> None:
        """Names of an earlier run."""
        self._numbers = dict(sorted(numbers.items(), key=lambda each: each[1]))
        self._next = max(self._numbers.values(), default=-1) + 1

    def add(self, id: str) -> None:
        """Remember a name."""
        if self._most:
            self._numbers[id] = self._next
            self._next += 1

    def number(self, id: str) -> int | None:
        """Its place in the order of ends; None for one that is not remembered."""
        return self._numbers.get(id)

    def forget(self) -> list[str]:
        """The oldest names that are too many; they are remembered no more."""
        many = len(self._numbers) - self._most
        found = list(self._numbers)[: max(0, many)]
        for id in found:
            del self._numbers[id]
        return found
