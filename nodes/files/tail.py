"""Reads a growing file over rotation and truncation, and knows where it stood before a restart. Blocking.

A place is the file's identity (device and inode), an offset, and a fingerprint of the beginning, for an inode number is
used again after a file is gone.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

from nodes.files.safe_open import folder_of, open_file

FINGERPRINT_BYTES = 256
HEAD_BYTES = 256 * 1024
READ_BYTES = 16 * 1024
"""What is read at a time becomes messages in one turn: at worst every second byte ends one."""


class FilePosition(NamedTuple):
    """How far a file was read. `fingerprint` is of the first `of_bytes` bytes."""

    device: int = 0
    inode: int = 0
    offset: int = 0
    fingerprint: str = ""
    of_bytes: int = 0


class Chunk(NamedTuple):
    """What was read: `data` began at `start`; `fresh` when it is the beginning of another file than before."""

    data: bytes
    start: FilePosition
    fresh: bool = False


class Tail:
    """One path below a root. `read` gives what is new, b"" when nothing is; `at_end` says that no more will come."""

    def __init__(self, root: Path, path: str, place: FilePosition | None = None, from_end: bool = False):
        self._root, self._path = root, path
        self._place = place
        self._from_end = from_end and place is None
        self._descriptor = -1
        self._fingerprint: tuple[str, int] = ("", 0)
        self._offset = 0
        self.truncated = 0

    def read(self) -> Chunk:
        """The next bytes. Raises FileNotFoundError while there is no file, OSError for what cannot be read."""
        fresh = False
        if self._descriptor < 0:
            self._open()
            fresh = True
        chunk = self._more(fresh)
        if chunk.data or not self._was_replaced():
            return chunk
        # What was written to the old file just before it was replaced must not be missed.
        chunk = self._more(fresh)
        if chunk.data:
            return chunk
        self.close()
        self._open_new()
        return self._more(True)

    def head(self) -> bytes:
        """The beginning of the file that is read."""
        return os.pread(self._descriptor, HEAD_BYTES, 0)

    def _rewind(self) -> None:
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        self._offset = 0
        self._fingerprint = ("", 0)
        self.truncated += 1

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _more(self, fresh: bool) -> Chunk:
        if self._was_truncated():
            self._rewind()
            fresh = True
        start = self._here()
        data = os.read(self._descriptor, READ_BYTES)
        self._offset += len(data)
        return Chunk(data, start, fresh)

    def _was_truncated(self) -> bool:
        """Whether the file is shorter than what was read, or begins with something else: written anew in place."""
        known, of_bytes = self._fingerprint
        if os.fstat(self._descriptor).st_size < self._offset:
            return True
        return of_bytes > 0 and _fingerprint(self._descriptor, of_bytes) != (known, of_bytes)

    def _here(self) -> FilePosition:
        about = os.fstat(self._descriptor)
        if self._fingerprint[1] < FINGERPRINT_BYTES:
            self._fingerprint = _fingerprint(self._descriptor, FINGERPRINT_BYTES)
        return FilePosition(about.st_dev, about.st_ino, self._offset, *self._fingerprint)

    def _open(self) -> None:
        place, self._place = self._place, None
        if place is not None and self._reopen(place):
            return
        self._open_new()

    def _open_new(self) -> None:
        with folder_of(self._root, self._path) as (folder, name):
            self._start(open_file(folder, name, os.O_RDONLY), 0)
        if self._from_end:
            self._offset = os.lseek(self._descriptor, 0, os.SEEK_END)
        self._from_end = False

    def _reopen(self, place: FilePosition) -> bool:
        """Find the file of `place`, under its own or, rotated while we were away, under another name."""
        with folder_of(self._root, self._path) as (folder, name):
            for one in (name, *sorted(os.listdir(folder))):
                try:
                    about = os.stat(one, dir_fd=folder, follow_symlinks=False)
                    if (about.st_dev, about.st_ino) != (place.device, place.inode) or about.st_size < place.offset:
                        continue
                    found = open_file(folder, one, os.O_RDONLY)
                except OSError:
                    continue
                if _fingerprint(found, place.of_bytes) == (place.fingerprint, place.of_bytes):
                    self._start(found, place.offset)
                    return True
                os.close(found)
        return False

    def _start(self, descriptor: int, offset: int) -> None:
        self._descriptor, self._offset, self._fingerprint = descriptor, offset, ("", 0)
        os.lseek(descriptor, offset, os.SEEK_SET)

    def _was_replaced(self) -> bool:
        here = os.fstat(self._descriptor)
        try:
            with folder_of(self._root, self._path) as (folder, name):
                there = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError:
            return False  # renamed away, and the new one is not there yet: keep reading the old one
        return (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino)


def _fingerprint(descriptor: int, of_bytes: int) -> tuple[str, int]:
    head = os.pread(descriptor, of_bytes, 0)
    return hashlib.sha256(head).hexdigest()[:32], len(head)
