"""`log`: the last lines, then new ones as they come."""

from __future__ import annotations

from collections.abc import Iterable

from flowengine.runtime.logs import LogLine
from web_editor.live.topics.topic import Part, Topic
from web_editor.monitor.log_filter import wanted

FIRST = 200


class Log(Topic):
    """Lines that the filter lets through; a line that repeats itself comes again with its count."""

    def start(self) -> None:
        self._serial = -1

    def news(self) -> Iterable[Part]:
        ring = self.services.log
        if ring.serial == self._serial:
            return ()
        first, after, self._serial = self._serial < 0, max(0, self._serial), ring.serial
        lines = wanted(ring.lines(after), self.filter.level, self.filter.flow, self.filter.search)
        if first:
            return [("snapshot", self._encoded(lines[-FIRST:]))]
        return [("delta", self._encoded(lines))] if lines else ()

    def _encoded(self, lines: list[LogLine]) -> bytes:
        return self.encoded({"lines": lines})
