"""Counts points that a coarse time makes one, though their messages arrived one after the other. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flowengine import Messages

MOST_SERIES = 100_000
_SERIES = re.compile(r"(?:[^ \\]|\\.)*")
"""Measurement and tags of a line: all before the first blank that is not escaped."""


class Together:
    """Remembers the last time of each series: arrivals of a source do not go back."""

    def __init__(self) -> None:
        self._last: dict[str, str] = {}

    def met(self, messages: Messages, lines: Sequence[str], places: Sequence[int]) -> int:
        """How many lines have series and time of the one before and no time of their own."""
        count, last = 0, self._last
        for line, place in zip(lines, places, strict=True):
            if messages[place].has_own_time:
                continue
            found = _SERIES.match(line)
            assert found is not None
            time = line[line.rindex(" ") + 1 :]
            count += last.get(found[0]) == time
            last[found[0]] = time
        if len(last) > MOST_SERIES:
            last.clear()
        return count
