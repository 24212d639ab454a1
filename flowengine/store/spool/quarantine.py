"""Damaged segments and cut tails, kept aside for whoever wants to look. Bounded; never read by a spool."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from flowengine.store.data_folder import QUARANTINE
from flowengine.store.spool.disk import Disk
from flowengine.store.spool.segment import Segment

log = logging.getLogger(__name__)

MAX_FILES = 16
PIECE_BYTES = 1 << 20


class Quarantine:
    """The folder beside the segments. Keeping something aside never stops the spool."""

    def __init__(self, disk: Disk, folder: Path, max_files: int = MAX_FILES):
        self._disk = disk
        self._segments = folder
        self._folder = folder / QUARANTINE
        self._max_files = max_files
        self._seen: set[str] = set()

    def keep(self, segment: Segment) -> bool:
        """A damaged segment stays under a second name after it was read; whether it was new here."""
        if segment.name in self._seen:
            return False
        self._seen.add(segment.name)
        return self._try(segment.name, lambda target: self._double(self._segments / segment.name, target))

    def keep_tail(self, segment: Segment, offset: int, data: bytes) -> bool:
        """The bytes that are cut off a segment's end."""
        return self._try(f"{segment.name}.from-{offset}", lambda target: self._write(target, [data]))

    def count(self) -> int:
        """Files kept aside."""
        try:
            return len(self._disk.names(self._folder))
        except FileNotFoundError:
            return 0

    def _try(self, name: str, put: Callable[[Path], None]) -> bool:
        try:
            self._disk.make_folder(self._folder)
            names = self._disk.names(self._folder)
            if name in names:
                return False
            for oldest in names[: max(0, len(names) - self._max_files + 1)]:
                self._disk.remove(self._folder / oldest)
            put(self._folder / name)
        except OSError as error:
            log.warning("could not keep %s aside: %s", name, error)
            return False
        return True

    def _double(self, source: Path, target: Path) -> None:
        try:
            self._disk.link(source, target)
        except OSError:  # file systems of memory cards have no second names
            handle = self._disk.open(source)
            try:
                size = self._disk.size(source)
                self._write(target, (self._disk.read(handle, PIECE_BYTES, at) for at in range(0, size, PIECE_BYTES)))
            finally:
                self._disk.close(handle)

    def _write(self, target: Path, pieces: Iterable[bytes]) -> None:
        handle = self._disk.create(target)
        try:
            offset = 0
            for piece in pieces:
                self._disk.write(handle, piece, offset)
                offset += len(piece)
        finally:
            self._disk.close(handle)
