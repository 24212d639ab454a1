"""Reading frames of a segment in order, past damage. Pure but for the read function it is given."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flowengine.store.spool.frame import HEADER, MAGIC, Chunk, Header, decode, header_at
from flowengine.store.spool.segment import HEADER_BYTES

log = logging.getLogger(__name__)

WINDOW_BYTES = 256 * 1024
PAGE_BYTES = 4096
UNREADABLE = frozenset({errno.EIO, errno.EBADMSG, errno.ENODATA, getattr(errno, "EUCLEAN", errno.EIO)})
"""Errors that say the place is bad, and that another try will not read it."""
Read = Callable[[int, int], bytes]


@dataclass(slots=True, frozen=True)
class Frame:
    """An undamaged frame and where it stands in its file."""

    header: Header
    chunk: Chunk
    offset: int
    end_offset: int


class Window:
    """A file seen through a buffer; pages that cannot be read are zeros, which is damage."""

    def __init__(self, read: Read, size_bytes: int):
        self._read = read
        self._size_bytes = size_bytes
        self._at = 0
        self._data = b""

    def bytes_at(self, offset: int, length: int) -> bytes:
        """The bytes there, fewer only at the end of the file."""
        length = min(length, self._size_bytes - offset)
        if offset < self._at or offset + length > self._at + len(self._data):
            self._at = offset
            self._data = self._fetch(offset, max(length, min(WINDOW_BYTES, self._size_bytes - offset)))
        start = offset - self._at
        return self._data[start : start + length]

    def find(self, pattern: bytes, offset: int) -> int:
        """Where the pattern stands next, the size of the file where it does not; reads each byte once."""
        while offset + len(pattern) <= self._size_bytes:
            self.bytes_at(offset, len(pattern))
            if (found := self._data.find(pattern, offset - self._at)) >= 0:
                return self._at + found
            offset = self._at + len(self._data) - len(pattern) + 1
        return self._size_bytes

    def _fetch(self, offset: int, length: int) -> bytes:
        try:
            return self._read(length, offset)
        except OSError as error:
            if error.errno not in UNREADABLE:
                raise
            log.warning("unreadable bytes at %d: %s", offset, error)
            return b"".join(
                self._page(at, min(PAGE_BYTES, offset + length - at))
                for at in range(offset, offset + length, PAGE_BYTES)
            )

    def _page(self, offset: int, length: int) -> bytes:
        try:
            return self._read(length, offset)
        except OSError as error:
            if error.errno not in UNREADABLE:
                raise
            return bytes(length)


def frames(read: Read, salt: int, size_bytes: int, offset: int = HEADER_BYTES, least: int = 0) -> Iterator[Frame]:
    """Undamaged frames from `offset` on whose sequences go up from `least`; what lies between is damage."""
    window = Window(read, size_bytes)
    while offset < size_bytes:
        frame = _frame_at(window, offset, salt)
        if frame and frame.header.first >= least:
            yield frame
            offset, least = frame.end_offset, frame.header.end
        else:
            offset = window.find(MAGIC, offset + 1)


def _frame_at(window: Window, offset: int, salt: int) -> Frame | None:
    header = header_at(window.bytes_at(offset, HEADER.size), 0, salt)
    if not header:
        return None
    chunk = decode(header, window.bytes_at(offset + HEADER.size, header.body_bytes), salt)
    return Frame(header, chunk, offset, offset + HEADER.size + header.body_bytes) if chunk else None
