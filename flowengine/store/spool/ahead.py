"""Records in RAM that a reader will want next: handed over by the writer, or read ahead from disk."""

from __future__ import annotations

from collections import deque

from flowengine.store.spool.frame import Chunk
from flowengine.store.spool.loading import join, part

RECORD_COST_BYTES = 64
"""About what Python adds to a record in RAM."""


def _cost_bytes(chunk: Chunk) -> int:
    return chunk.size_bytes + RECORD_COST_BYTES * len(chunk.records)


class Ahead:
    """Chunks in order of their sequences, about `limit_bytes` of them. No files, no loop."""

    def __init__(self, limit_bytes: int):
        self._limit_bytes = limit_bytes
        self._chunks: deque[Chunk] = deque()
        self._cost_bytes = 0
        self.end = 0
        """Where reading goes on."""

    @property
    def low(self) -> bool:
        """Whether there is room for another read."""
        return self._cost_bytes < self._limit_bytes // 2

    @property
    def oldest_ns(self) -> int:
        """Arrival of the first record, 0 when there is none."""
        return self._chunks[0].arrived_ns[0] if self._chunks else 0

    def start_at(self, start: int) -> None:
        """What comes next begins at `start`."""
        self._chunks.clear()
        self._cost_bytes = 0
        self.end = start

    def offer(self, chunk: Chunk) -> None:
        """Records just written: taken without reading them again if they continue what is here."""
        if chunk.first == self.end and self._cost_bytes < self._limit_bytes:
            self.extend([chunk], chunk.end)

    def extend(self, chunks: list[Chunk], end: int) -> None:
        """Records read from disk; up to `end` there are no others."""
        self._chunks += chunks
        self._cost_bytes += sum(map(_cost_bytes, chunks))
        self.end = end

    def holds(self, start: int) -> bool:
        """Whether the record at `start` is here; chunks that lie wholly before it are let go."""
        while self._chunks and self._chunks[0].end <= start:
            self._cost_bytes -= _cost_bytes(self._chunks.popleft())
        return bool(self._chunks) and self._chunks[0].first <= start

    def take(self, start: int, end: int, max_records: int, max_bytes: int) -> Chunk | None:
        """Records from `start`, which `holds`, to before `end` within the bounds; always one at least."""
        taken: list[Chunk] = []
        records = size = 0
        while self.holds(start) and start < end:
            chunk = part(self._chunks[0], start, min(end, start + max_records - records))
            if size + chunk.size_bytes > max_bytes:
                chunk = _fitting(chunk, max_bytes - size, at_least=0 if taken else 1)
            if not chunk.records:
                break
            taken.append(chunk)
            records, size, start = records + len(chunk.records), size + chunk.size_bytes, chunk.end
            if records >= max_records or size >= max_bytes:
                break
        self.holds(start)
        return join(taken) if taken else None


def _fitting(chunk: Chunk, max_bytes: int, at_least: int) -> Chunk:
    count = size = 0
    for record in chunk.records:
        size += len(record)
        if size > max_bytes and count >= at_least:
            break
        count += 1
    return part(chunk, chunk.first, chunk.first + count)
