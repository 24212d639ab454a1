"""The RTDB on disk: a journal of changes, rewritten whole when it has grown. Blocking; call it off the loop.

A frame is its length and CRC-32 (both 4 bytes, big-endian) and a MessagePack map from key to point.
A file with a damaged place is set aside at start and made anew: the place costs the frames that it lies in, the
others are found again behind it.
"""

from __future__ import annotations

import itertools
import logging
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from flowengine.counts import count_of
from flowengine.packing import decoder, encode, is_utf8
from flowengine.store.aside import put_aside
from flowengine.store.files import private, replace
from flowengine.store.marker import Marker, tell_lost
from flowengine.store.rtdb import GONE, Point
from flowengine.store.spool.disk import Disk

log = logging.getLogger("flowengine")
_HEAD = struct.Struct(">II")
_MAGIC = b"flowengine rtdb 1\n"
SEARCHED_BYTES = 2**20
"""How far behind a damaged place a whole frame is looked for, and how large it may be."""
MAPS = (0xDE, 0xDF)
"""What begins a MessagePack map of more than 15 entries; smaller ones have 8 as their first four bits."""

Row = tuple[Any, int, int, str, str]
COMPACT_BYTES = 4 * 2**20
ROWS_A_FRAME = 50
"""So many values a damaged place costs at most."""


class RtdbFile:
    """The journal in one file, of points of one kind."""

    def __init__(self, path: Path, compact_bytes: int = COMPACT_BYTES, kind: str = ""):
        """Points of a `kind` are people's, and the loss of their file is told; readings come back by themselves."""
        self.path = path
        self._kind = kind
        self._compact_bytes = compact_bytes
        self._bytes = 0
        self._compacted_bytes = 0
        self.incomplete = False
        """Whether the last `save` failed, so that the next one needs every point."""

    def load(self) -> dict[str, Point]:
        """All points of the last run; empty without a file."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            if self._kind:
                tell_lost(self.path, f"each {self._kind} that people made is gone")
            return {}
        except OSError as fault:  # a card may give no more of it
            put_aside(self.path, fault)
            self.incomplete = True
            return {}
        self._mark()
        points: dict[str, Point] = {}
        whole_bytes = len(_MAGIC) if content.startswith(_MAGIC) else 0
        for rows, size_bytes in _frames(content):
            whole_bytes += size_bytes
            for key, row in rows.items():
                if row[4] == GONE.quality:
                    points.pop(key, None)
                else:
                    points[key] = Point(*row, self._kind)
        if whole_bytes < len(content) or not content:
            lost = f"{len(content) - whole_bytes} of {count_of(len(content), 'byte')}"
            put_aside(self.path, lost, f"{count_of(len(points), 'value was', 'values were')} read from it")
            self.incomplete = True
            with suppress(OSError):
                self._rewrite(points)  # also where nothing is left: a file that is missing later is a loss
                self.incomplete = False
        else:
            self._bytes = whole_bytes
        return points

    def wants_all(self, changes: int) -> bool:
        """Whether the next `save` rewrites the file, about so many changes given, and needs every point."""
        return not self._bytes or self._bytes + changes * 100 > max(self._compact_bytes, 4 * self._compacted_bytes)

    def save(self, changes: Mapping[str, Point], everything: Mapping[str, Point]) -> None:
        """Append `changes`, or replace the file by `everything` where that is given. Raises `OSError`."""
        try:
            if everything:
                self._rewrite(everything)
            elif changes:
                self._append(b"".join(_encoded(changes)))
            self._mark()
        except OSError:
            self.incomplete, self._bytes = True, 0
            raise
        self.incomplete = False

    def _mark(self) -> None:
        if self._kind:
            Marker(self.path).make()

    def _append(self, frames: bytes) -> None:
        Disk().make_folder(self.path.parent)
        with open(self.path, "ab", opener=private) as file:
            if not file.tell():
                file.write(_MAGIC)
            file.write(frames)
            file.flush()
            os.fdatasync(file.fileno())
            self._bytes = file.tell()

    def _rewrite(self, everything: Mapping[str, Point]) -> None:
        self._bytes = self._compacted_bytes = replace(self.path, itertools.chain([_MAGIC], _encoded(everything)))


def _encoded(points: Mapping[str, Point]) -> Iterator[bytes]:
    rows = [(key, (p.value, p.time_ns, p.stored_ns, p.unit, p.quality)) for key, p in points.items()]
    for start in range(0, len(rows), ROWS_A_FRAME):
        payload = _packed(dict(rows[start : start + ROWS_A_FRAME]))
        yield _HEAD.pack(len(payload), zlib.crc32(payload)) + payload


def _packed(rows: Mapping[str, Any]) -> bytes:
    """The rows as MessagePack; one whose key is no text (half a character) or that is nested too deep is left out."""
    rows = {key: row for key, row in rows.items() if key.isascii() or is_utf8(key)}
    try:
        return encode(rows)
    except RecursionError:
        return encode({key: row for key, row in rows.items() if _fits(row)})


def _fits(row: Any) -> bool:
    try:
        encode(row)
    except RecursionError:
        return False
    return True


def _frames(content: bytes) -> Iterator[tuple[dict[str, Row], int]]:
    """The rows of each whole frame, and its size in bytes; behind a damaged place the next whole one is looked for."""
    start = len(_MAGIC) if content.startswith(_MAGIC) else 0
    decode, searched = decoder(dict[str, Row]), 0
    while start + _HEAD.size < len(content) and searched < SEARCHED_BYTES:
        length, checksum = _HEAD.unpack_from(content, start)
        first = start + _HEAD.size
        most = SEARCHED_BYTES if searched else len(content)
        # Most places are no frame: whether a map could begin there is seen without a checksum.
        if 0 < length <= min(most, len(content) - first) and (content[first] >> 4 == 8 or content[first] in MAPS):
            payload = content[first : first + length]
            if zlib.crc32(payload) == checksum:
                try:
                    yield decode(payload), _HEAD.size + length
                except msgspec.DecodeError as fault:
                    log.error("a frame of the RTDB's journal is none of this version's: %s", fault)
                start, searched = first + length, 0
                continue
        start, searched = start + 1, searched + 1
