"""A file that only holds room: set free when the disk is full, so that everything else can go on."""

from __future__ import annotations

from pathlib import Path

from flowengine.store.spool.disk import Disk

NAME = "ballast"


class Ballast:
    """Stands or does not stand; appends go on only while it stands."""

    def __init__(self, disk: Disk, folder: Path, size_bytes: int):
        self._disk = disk
        self._path = folder / NAME
        self._size_bytes = size_bytes
        self.stands = size_bytes == 0

    def place(self) -> None:
        """The room is taken. Raises `OSError` while the disk has none."""
        if self.stands:
            return
        self._disk.remove(self._path)
        handle = self._disk.create(self._path)
        try:
            self._disk.allocate(handle, self._size_bytes)
        except OSError:
            self._disk.remove(self._path)
            raise
        finally:
            self._disk.close(handle)
        self.stands = True

    def release(self) -> None:
        """The room is free."""
        if self._size_bytes:
            self._disk.remove(self._path)
            self.stands = False
