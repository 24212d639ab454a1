"""How files of the data folder are opened and replaced: its owner's alone, and whole at any time. Knows no contents."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from pathlib import Path

from flowengine.store.spool.disk import Disk

_replacing = threading.Lock()


def private(path: str, flags: int) -> int:
    """A descriptor, for `open(…, opener=private)`: a file that is made so belongs to its owner alone (mode 600)."""
    return os.open(path, flags, 0o600)


def replace(
    path: Path, parts: Iterable[bytes], mode: int = 0o600, disk: Disk | None = None, keep: Path | None = None
) -> int:
    """Size of the new file in bytes, once it is on disk under that name. Blocking. Raises `OSError`.

    Whatever happens meanwhile, a power cut too, leaves the old file or the new one, never a part. With `keep` the old
    one stays under that name, in the same folder.
    """
    disk = disk or Disk()
    half = path.with_name(f".{path.name}.new")
    with _replacing:  # two writers of one file would share its half
        disk.make_folder(path.parent)
        disk.remove(half)
        try:
            size_bytes = _write(disk, half, parts, mode)
            if keep is not None and path.exists():
                disk.rename(path, keep)
            disk.rename(half, path)
        except OSError:
            disk.remove(half)
            raise
        disk.sync_folder(path.parent)
    return size_bytes


def replace_shared(path: Path, content: bytes) -> None:
    """Replace a file that people write as well, whole or not at all: an old one keeps its mode, a new one all may read.

    Blocking. Raises `OSError`.
    """
    replace(path, [content], path.stat().st_mode & 0o777 if path.exists() else 0o644)


def _write(disk: Disk, path: Path, parts: Iterable[bytes], mode: int) -> int:
    handle = disk.create(path, mode)
    try:
        size_bytes = 0
        for part in parts:
            disk.write(handle, part, size_bytes)
            size_bytes += len(part)
        disk.sync(handle)
    finally:
        disk.close(handle)
    return size_bytes
