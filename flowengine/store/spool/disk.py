"""File operations of a spool, in one place so that a test can stand in a failing disk. No format, no policy."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def is_full(error: OSError) -> bool:
    """Whether the disk, a quota or a file size limit refused more bytes."""
    return error.errno in NO_ROOM


class Disk:
    """The machine's own files. Every method may raise `OSError`; handles are descriptors."""

    def make_folder(self, path: Path) -> None:
        """Folder and parents exist, and are on disk; those that were missing are their owner's alone (mode 700)."""
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
        for folder in missing:
            self.sync_folder(folder.parent)

    def lock(self, path: Path) -> int:
        """A handle that holds the file alone until closed. Raises `BlockingIOError` when another has it."""
        return _locked(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))

    def lock_folder(self, path: Path) -> int:
        """The same of a folder; no file is made. Raises `OSError` too where its file system has no such lock."""
        return _locked(os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))

    def create(self, path: Path, mode: int = 0o600) -> int:
        """A new empty file, for writing. Raises `FileExistsError`."""
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        if mode != 0o600:
            os.fchmod(handle, mode)  # exactly; at its creation the umask would take from it
        return handle

    def open(self, path: Path, write: bool = False) -> int:
        """An existing file."""
        return os.open(path, (os.O_RDWR if write else os.O_RDONLY) | os.O_CLOEXEC)

    def write(self, handle: int, data: bytes, offset: int) -> None:
        """All of `data` stands at `offset`, in the system's memory at least."""
        view = memoryview(data)
        while view:
            done = os.pwrite(handle, view, offset)
            view, offset = view[done:], offset + done

    def read(self, handle: int, length: int, offset: int) -> bytes:
        """What stands there, shorter only at the end of the file."""
        data = os.pread(handle, length, offset)
        while 0 < len(data) < length and (more := os.pread(handle, length - len(data), offset + len(data))):
            data += more
        return data

    def sync(self, handle: int) -> None:
        """The file's data survives a power cut."""
        os.fdatasync(handle)

    def sync_folder(self, path: Path) -> None:
        """Files made in and removed from the folder stay so after a power cut."""
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def allocate(self, handle: int, length: int) -> None:
        """The first `length` bytes have their room on the disk."""
        os.posix_fallocate(handle, 0, length)

    def cut(self, handle: int, length: int) -> None:
        """The file ends at `length`."""
        os.ftruncate(handle, length)

    def size(self, path: Path) -> int:
        """Bytes in the file."""
        return path.stat().st_size

    def names(self, path: Path) -> list[str]:
        """Names in the folder, sorted."""
        return sorted(os.listdir(path))

    def remove(self, path: Path) -> None:
        """The file is gone; it need not have been there."""
        path.unlink(missing_ok=True)

    def rename(self, source: Path, target: Path) -> None:
        """The file has the other name, replacing what had it."""
        source.rename(target)

    def link(self, source: Path, target: Path) -> None:
        """The same content under a second name, which costs no room."""
        os.link(source, target)

    def close(self, handle: int) -> None:
        """The handle is given back."""
        os.close(handle)


def _locked(handle: int) -> int:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle
