"""The RTDB on disk: a journal of changes, rewritten whole when it has grown. Blocking; call it off the loop.

A frame is its length and CRC-32 (both 4 bytes, big-endian) and a MessagePack map from key to point.
A torn or damaged end is cut off at start: it holds values of the last second at most.
"""

from __future__ import annotations

import itertools
import logging
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flowengine.packing import decoder, encode, is_utf8
from flowengine.store.files import private, replace
from flowengine.store.rtdb import GONE, Point

log = logging.getLogger("flowengine")
_HEAD = struct.Struct(">II")
_MAGIC = b"flowengine rtdb 1\n"
Row = tuple[Any, int, int, str, str]
COMPACT_BYTES = 4 * 2**20
ROWS_A_FRAME = 10_000


class RtdbFile:
    """The journal in one file, of points of one kind."""

    def __init__(self, path: Path, compact_bytes: int = COMPACT_BYTES, kind: str = ""):
        self.path = path
        self._kind = kind
        self._compact_bytes = compact_bytes
        self._bytes = 0
        self._compacted_bytes = 0

    def load(self) -> dict[str, Point]:
        """All points of the last run; empty without a file."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        points: dict[str, Point] = {}
        end = len(_MAGIC)
        if not content.startswith(_MAGIC):
            self._set_aside("it is no RTDB of this version")
            return {}
        for rows, end in _frames(content):  # noqa: B007 - the last end is needed below
            for key, row in rows.items():
                if row[4] == GONE.quality:
                    points.pop(key, None)
                else:
                    points[key] = Point(*row, self._kind)
        if end < len(content):
            log.warning("the last %d bytes of the RTDB's journal were damaged and are left out", len(content) - end)
            os.truncate(self.path, end)
        self._bytes = end
        return points

    def wants_all(self, changes: int) -> bool:
        """Whether the next `save` rewrites the file, about so many changes given, and needs every point."""
        return not self._bytes or self._bytes + changes * 100 > max(self._compact_bytes, 4 * self._compacted_bytes)

    def save(self, changes: Mapping[str, Point], everything: Mapping[str, Point]) -> None:
        """Append `changes`, or replace the file by `everything` where that is given."""
        if everything:
            self._rewrite(everything)
        elif changes:
            self._append(b"".join(_encoded(changes)))

    def _append(self, frames: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "ab", opener=private) as file:
            if not file.tell():
                file.write(_MAGIC)
            file.write(frames)
            file.flush()
            os.fdatasync(file.fileno())
            self._bytes = file.tell()

    def _rewrite(self, everything: Mapping[str, Point]) -> None:
        self._bytes = self._compacted_bytes = replace(self.path, itertools.chain([_MAGIC], _encoded(everything)))

    def _set_aside(self, reason: str) -> None:
        aside = self.path.with_suffix(".damaged")
        os.replace(self.path, aside)
        log.error("the RTDB of the last run could not be read (%s); it was set aside as %s", reason, aside.name)


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
    start = len(_MAGIC)
    decode = decoder(dict[str, Row])
    while start + _HEAD.size <= len(content):
        length, checksum = _HEAD.unpack_from(content, start)
        payload = content[start + _HEAD.size : start + _HEAD.size + length]
        if len(payload) < length or zlib.crc32(payload) != checksum:
            return
        start += _HEAD.size + length
        yield decode(payload), start
