"""Segment files: their names and header, and the one that is written. Reading and recovery are elsewhere.

A name carries the first sequence (so that nothing but names is read at start), an ordinal (the later
file wins where two begin alike) and the salt (so that a damaged header costs nothing).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, replace
from pathlib import Path

from flowengine.store.spool.disk import Disk
from flowengine.store.spool.frame import Chunk, encode, pieces
from flowengine.store.spool.interface import UnknownFormat

FORMAT = 1
_HEADER = struct.Struct("<8sHHIQ8x")
_MAGIC = b"FLOWSPL\n"
_NAME = re.compile(r"(\d{20})-(\d{8})-([0-9a-f]{8})\.seg")
HEADER_BYTES = _HEADER.size


@dataclass(slots=True, frozen=True)
class Segment:
    """One file: frames of the sequences from `first` to before `end`, in its first `size_bytes`."""

    first: int
    ordinal: int
    salt: int
    end: int
    size_bytes: int

    @property
    def name(self) -> str:
        """Its file name."""
        return f"{self.first:020d}-{self.ordinal:08d}-{self.salt:08x}.seg"


def named(name: str) -> Segment | None:
    """The segment of that name, end and size still unknown; None for other files."""
    if not (match := _NAME.fullmatch(name)):
        return None
    first, ordinal, salt = match.groups()
    return Segment(int(first), int(ordinal), int(salt, 16), int(first), 0)


def check_format(data: bytes, name: str) -> None:
    """Raise `UnknownFormat` for a header of another version, said twice; a damaged one passes: the name says all.

    (The first version says it once, and has 0 behind it.)
    """
    if len(data) >= HEADER_BYTES and data.startswith(_MAGIC):
        _, version, again, *_ = _HEADER.unpack_from(data)
        if version == again != FORMAT:
            raise UnknownFormat(f"{name} has spool format {version}, this version reads {FORMAT}")


class SegmentWriter:
    """Appends frames to a new segment; what `sync` did not confirm does not count."""

    def __init__(self, disk: Disk, folder: Path, first: int, ordinal: int, salt: int):
        self._disk = disk
        self.path = folder / Segment(first, ordinal, salt, first, 0).name
        self.synced = Segment(first, ordinal, salt, first, HEADER_BYTES)
        self._written = self.synced
        self._handle = disk.create(self.path)
        try:
            disk.write(self._handle, _HEADER.pack(_MAGIC, FORMAT, 0, salt, first), 0)
            disk.sync_folder(folder)
        except BaseException:
            self.discard()
            raise

    @property
    def holds_records(self) -> bool:
        """Whether a synced frame is in it."""
        return self.synced.end > self.synced.first

    def takes(self, chunk: Chunk, roll_bytes: int) -> bool:
        """Whether the chunk continues it and has room; a first frame always has."""
        fits = self.synced.size_bytes + chunk.size_bytes <= roll_bytes or not self.holds_records
        return fits and self.synced.end == chunk.first

    def append(self, chunk: Chunk) -> None:
        """Its frames stand behind the others, not yet synced."""
        wire = b"".join([encode(self.synced.salt, piece) for piece in pieces(chunk)])
        self._disk.write(self._handle, wire, self._written.size_bytes)
        self._written = replace(self._written, end=chunk.end, size_bytes=self._written.size_bytes + len(wire))

    def sync(self) -> Segment:
        """What is on disk for good."""
        self._disk.sync(self._handle)
        self.synced = self._written
        return self.synced

    def seal(self) -> None:
        """No more frames; what was not synced is cut off where the disk still allows it."""
        try:
            if self._written != self.synced:
                self._disk.cut(self._handle, self.synced.size_bytes)
        except OSError:
            pass  # readers end at the next segment's first sequence anyway
        finally:
            self._disk.close(self._handle)

    def discard(self) -> None:
        """The file is gone: it never held a synced frame, or all of them are acknowledged."""
        self._disk.close(self._handle)
        self._disk.remove(self.path)
