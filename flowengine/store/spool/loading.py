"""Reading a stretch of the log from disk, over segments and damage. Synchronous; runs off the loop."""

from __future__ import annotations

from array import array
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from flowengine.store.spool.disk import Disk
from flowengine.store.spool.frame import Chunk
from flowengine.store.spool.quarantine import Quarantine
from flowengine.store.spool.reader import Frame, frames
from flowengine.store.spool.segment import HEADER_BYTES, Segment


@dataclass(slots=True)
class Stretch:
    """What was read: everything from `start` to before `end` that is not in `chunks` is lost."""

    start: int
    end: int
    chunks: list[Chunk] = field(default_factory=list)
    quarantined: int = 0

    def lost(self) -> Iterator[tuple[int, int]]:
        """The ranges that no undamaged frame holds."""
        at = self.start
        for chunk in self.chunks:
            if chunk.first > at:
                yield at, chunk.first
            at = chunk.end
        if at < self.end:
            yield at, self.end


class Loader:
    """Reads on from where it stopped; elsewhere it begins with the segment's first frame."""

    def __init__(self, disk: Disk, folder: Path, quarantine: Quarantine):
        self._disk = disk
        self._folder = folder
        self._quarantine = quarantine
        self._place: tuple[str, int, int] = ("", 0, 0)

    def load(self, segments: Sequence[Segment], start: int, end: int, limit_bytes: int) -> Stretch:
        """Records from `start` to before `end`, at least one frame and about `limit_bytes`, of the given segments.

        Raises `OSError` for what may pass (too many open files); unreadable places are lost.
        """
        stretch = Stretch(start, start)
        for segment in segments:
            if segment.end <= stretch.end:
                continue
            lost_before = stretch.end
            try:
                finished = self._load_segment(segment, stretch, limit_bytes)
            except FileNotFoundError:  # dropped meanwhile, or taken away: nothing to keep aside
                stretch.end = segment.end
                continue
            if any(start < segment.end and end > segment.first for start, end in stretch.lost() if end > lost_before):
                stretch.quarantined += self._quarantine.keep(segment)
            if not finished:
                return stretch
        stretch.end = max(stretch.end, end)
        return stretch

    def _load_segment(self, segment: Segment, stretch: Stretch, limit_bytes: int) -> bool:
        """Whether the segment was read to its end."""
        loaded_bytes = sum(chunk.size_bytes for chunk in stretch.chunks)
        with closing(self._frames(segment, stretch.end)) as found:
            for frame in found:
                if frame.header.first >= segment.end:
                    break  # written, never confirmed, and written again into a later segment
                if frame.header.end <= stretch.end:
                    continue
                if stretch.chunks and loaded_bytes >= limit_bytes:
                    return False
                chunk = part(frame.chunk, stretch.end, segment.end)
                stretch.chunks.append(chunk)
                stretch.end = chunk.end
                loaded_bytes += frame.chunk.size_bytes
                self._place = (segment.name, frame.header.end, frame.end_offset)
        stretch.end = segment.end
        return True

    def _frames(self, segment: Segment, start: int) -> Generator[Frame, None, None]:
        name, least, offset = self._place
        if name != segment.name or start < least:
            least, offset = segment.first, HEADER_BYTES
        handle = self._disk.open(self._folder / segment.name)
        try:
            yield from frames(
                lambda n, at: self._disk.read(handle, n, at), segment.salt, segment.size_bytes, offset, least
            )
        finally:
            self._disk.close(handle)


def part(chunk: Chunk, start: int, end: int) -> Chunk:
    """The records of `chunk` from `start` to before `end`, the chunk itself where that is all."""
    if start <= chunk.first and chunk.end <= end:
        return chunk
    low, high = max(0, start - chunk.first), end - chunk.first
    records = chunk.records[low:high]
    return Chunk(chunk.first + low, records, chunk.arrived_ns[low:high], sum(map(len, records)))


def join(chunks: Sequence[Chunk]) -> Chunk:
    """Chunks that follow each other as one."""
    if len(chunks) == 1:
        return chunks[0]
    records = [record for chunk in chunks for record in chunk.records]
    arrived = array("q", (time for chunk in chunks for time in chunk.arrived_ns))
    return Chunk(chunks[0].first, records, arrived, sum(chunk.size_bytes for chunk in chunks))
