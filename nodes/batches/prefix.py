"""How many of the oldest are done, when things end in any order. Never here: what ends, or why."""

from collections.abc import Iterable


class Prefix:
    """Serials count from 0 in order of arrival; memory is one entry for each that ended before an older one."""

    def __init__(self) -> None:
        self._given = 0
        self._released = 0
        self._ended: set[int] = set()

    def take(self, count: int) -> range:
        """Serials for `count` new arrivals."""
        self._given += count
        return range(self._given - count, self._given)

    def end(self, serials: Iterable[int]) -> int:
        """How many more of the oldest are done, now that these have ended too."""
        ended, before = self._ended, self._released
        ended.update(serials)
        while self._released in ended:
            ended.remove(self._released)
            self._released += 1
        return self._released - before
