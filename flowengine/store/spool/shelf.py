"""The segments of a spool as the event loop knows them: which ones a reader needs, which ones may go. Pure."""

from __future__ import annotations

from flowengine.store.spool.cursor import Mark
from flowengine.store.spool.segment import Segment

GIVE_BACK_SHARE = 4
"""A last segment that is wholly done goes once it has grown to a quarter of its full size."""


class Shelf:
    """Segments in order; the last one may still grow."""

    def __init__(self, segments: list[Segment], roll_bytes: int):
        self._segments = segments
        self._doomed: dict[str, int] = {}
        self._give_back_bytes = roll_bytes // GIVE_BACK_SHARE
        self.disk_bytes = sum(segment.size_bytes for segment in segments)

    @property
    def live_bytes(self) -> int:
        """What stays when the doomed are gone."""
        return self.disk_bytes - sum(self._doomed.values())

    @property
    def records(self) -> int:
        """Records in all segments, done or not."""
        return sum(segment.end - segment.first for segment in self._segments)

    def grew(self, segment: Segment) -> None:
        """The writer told of a segment, new or longer."""
        self.disk_bytes += segment.size_bytes
        if self._segments and self._segments[-1].name == segment.name:
            self.disk_bytes -= self._segments[-1].size_bytes
            self._segments[-1] = segment
        else:
            self._segments.append(segment)

    def since(self, start: int) -> list[Segment]:
        """Segments with anything from `start` on."""
        return [segment for segment in self._segments if segment.end > start]

    def waiting(self) -> list[Segment]:
        """Segments that are not doomed."""
        return [segment for segment in self._segments if segment.name not in self._doomed]

    def doom(self, mark: Mark, whole: bool = False) -> list[Segment]:
        """Segments that nobody needs after `mark`, each told once; the last one when it is large or `whole`."""
        found = []
        for segment in self._segments:
            if segment.first >= mark.cursor and not mark.done:
                break
            if segment.name in self._doomed or not mark.covers(segment.first, segment.end):
                continue
            if segment is self._segments[-1] and segment.size_bytes < self._give_back_bytes and not whole:
                continue
            self._doomed[segment.name] = segment.size_bytes
            found.append(segment)
        return found

    def retired(self, removed: list[Segment], kept: list[Segment]) -> None:
        """The writer removed some; the others stay."""
        gone = {segment.name for segment in removed}
        self.disk_bytes -= sum(segment.size_bytes for segment in self._segments if segment.name in gone)
        self._segments = [segment for segment in self._segments if segment.name not in gone]
        for segment in (*removed, *kept):
            self._doomed.pop(segment.name, None)
