"""Opening a spool's folder: which segments there are, where the last one ends, what its tail is worth.

Only names are read, and the last segment: a backlog of any size starts in the time of one segment.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from flowengine.counts import count_of
from flowengine.store.spool.cursor import Mark
from flowengine.store.spool.disk import Disk
from flowengine.store.spool.quarantine import Quarantine
from flowengine.store.spool.reader import frames
from flowengine.store.spool.segment import HEADER_BYTES, Segment, check_format, named

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Recovered:
    """What stands in the folder: segments in order, and the sequence the next record gets."""

    segments: list[Segment]
    end: int
    cut_bytes: int = 0


def recover(disk: Disk, folder: Path, mark: Mark, quarantine: Quarantine, known_end: int = 0) -> Recovered:
    """The folder is in order: no torn tail, no segment that nobody needs. Raises `UnknownFormat`.

    The log is known to have reached to before `known_end`: what is missing up to there is lost, and counted when read.
    """
    segments = [segment for name in disk.names(folder) if (segment := named(name))]
    for segment in segments[:1] + segments[-1:]:
        check_format(_head(disk, folder / segment.name), segment.name)
    cut_bytes = 0
    if segments:
        segments[-1], cut_bytes = _mend_last(disk, folder, segments[-1], quarantine)
    sized = [
        replace(segment, end=following.first, size_bytes=disk.size(folder / segment.name))
        for segment, following in pairwise(segments)
    ] + segments[-1:]
    needed = [s for s in sized if s.first < s.end and not mark.covers(s.first, s.end)]
    for segment in sized:
        if segment not in needed:
            disk.remove(folder / segment.name)
    # A cut tail may have held acknowledged records: their sequences are never given again.
    ends = [segment.end for segment in sized] + [mark.cursor, known_end] + [end for _, end in mark.done]
    return Recovered(needed, max(ends), cut_bytes)


def _head(disk: Disk, path: Path) -> bytes:
    handle = disk.open(path)
    try:
        return disk.read(handle, HEADER_BYTES, 0)
    except OSError:
        return b""
    finally:
        disk.close(handle)


def _mend_last(disk: Disk, folder: Path, segment: Segment, quarantine: Quarantine) -> tuple[Segment, int]:
    """The last segment up to its last good frame; what stood behind is kept aside, then cut."""
    path = folder / segment.name
    size = disk.size(path)
    handle = disk.open(path, write=True)
    try:
        found = replace(segment, end=segment.first, size_bytes=min(size, HEADER_BYTES))
        for frame in frames(lambda n, at: disk.read(handle, n, at), segment.salt, size, least=segment.first):
            found = replace(found, end=frame.header.end, size_bytes=frame.end_offset)
        torn_bytes = size - found.size_bytes
        if torn_bytes:
            log.warning("%s: cut off after the last good frame: %s", path, count_of(torn_bytes, "byte"))
            quarantine.keep_tail(found, found.size_bytes, disk.read(handle, torn_bytes, found.size_bytes))
            disk.cut(handle, found.size_bytes)
        disk.sync(handle)
    finally:
        disk.close(handle)
    return found, torn_bytes
