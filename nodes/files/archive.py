"""Files below a folder into one archive, with its checksum; old files away. Blocking; follows no links."""

from __future__ import annotations

import errno
import fnmatch
import hashlib
import os
import stat
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from flowengine.counts import count_of
from nodes.files.safe_open import FOLDER, folder_of, open_file, root_open

CHUNK_BYTES = 2**20
CHECKSUM = ".sha256"
DEEPEST = 64


class Entry(NamedTuple):
    """A plain file: its path below the root, size, and when it was changed."""

    path: str
    size_bytes: int
    changed_ns: int


class Packed(NamedTuple):
    """An archive that is on disk."""

    file: Path
    size_bytes: int
    sha256: str
    files: int


class TooMuch(ValueError):
    """More files, bytes or levels than the limit."""


def files_below(root: Path, patterns: Sequence[str], most: int) -> list[Entry]:
    """Plain files whose path below `root` fits a pattern (`*` also across folders), by path. Raises TooMuch, OSError.

    Links are neither taken nor followed.
    """
    found = []
    with root_open(root) as top:
        for entry in _walk(top, "", DEEPEST):
            if any(fnmatch.fnmatchcase(entry.path, pattern) for pattern in patterns):
                found.append(entry)
                if len(found) > most:
                    raise TooMuch(f"more than {count_of(most, 'file')} fit below {root}")
    return sorted(found)


def pack(root: Path, entries: Sequence[Entry], into: Path, path: str, kind: str) -> Packed:
    """The archive `path` below `into`, with `NAME.sha256` beside it as `sha256sum -c` reads it.

    Nothing is there until all of it is. Raises OSError, ValueError for a path that leads out of `into`.
    """
    with folder_of(into, path, create=True) as (folder, name):
        half = f".{name}.half"
        _forget(folder, half)  # of a run that was killed
        try:
            with os.fdopen(open_file(folder, half, os.O_RDWR | os.O_CREAT | os.O_EXCL), "w+b") as file:
                os.fchmod(file.fileno(), 0o600)
                count = (_zip if kind == "zip" else _tar)(root, entries, file, kind)
                file.flush()
                os.fsync(file.fileno())
                size_bytes = file.seek(0, os.SEEK_END)
                file.seek(0)
                checksum = hashlib.file_digest(file, "sha256").hexdigest()
            _write(folder, name + CHECKSUM, f"{checksum}  {name}\n")
            os.rename(half, name, src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)
        finally:
            _forget(folder, half)
    return Packed(into / path, size_bytes, checksum, count)


def remove(root: Path, entries: Sequence[Entry]) -> list[Entry]:
    """Those that could be removed; one that has gone by itself or cannot be is left out."""
    gone = []
    for entry in entries:
        try:
            with folder_of(root, entry.path) as (folder, name):
                os.unlink(name, dir_fd=folder)
        except OSError:
            continue
        gone.append(entry)
    return gone


def expired(entries: Sequence[Entry], now_ns: int, older_ns: int | None, keep: int | None) -> list[Entry]:
    """Entries older than that, or (without an age) all, except the `keep` newest; the oldest first. Pure."""
    by_age = sorted(entries, key=lambda entry: (entry.changed_ns, entry.path))
    old = by_age[: max(0, len(by_age) - (keep or 0))]
    return old if older_ns is None else [entry for entry in old if entry.changed_ns < now_ns - older_ns]


def _walk(folder: int, below: str, levels: int) -> Iterator[Entry]:
    if not levels:
        raise TooMuch(f"folders within folders, more than {DEEPEST} deep")
    with os.scandir(folder) as listing:
        for item in sorted(listing, key=lambda item: item.name):
            path = f"{below}{item.name}"
            if item.is_dir(follow_symlinks=False):
                yield from _inside(folder, item.name, f"{path}/", levels - 1)
            elif item.is_file(follow_symlinks=False):
                with suppress(FileNotFoundError):  # gone since
                    status = item.stat(follow_symlinks=False)
                    yield Entry(path, status.st_size, status.st_mtime_ns)


def _inside(folder: int, name: str, below: str, levels: int) -> Iterator[Entry]:
    try:
        inner = os.open(name, FOLDER, dir_fd=folder)
    except OSError as fault:
        if fault.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):  # gone since, or a link by now
            return
        raise
    try:
        yield from _walk(inner, below, levels)
    finally:
        os.close(inner)


def _tar(root: Path, entries: Sequence[Entry], file: BinaryIO, kind: str) -> int:
    with tarfile.open(fileobj=file, mode="w:gz" if kind == "tar.gz" else "w") as archive:
        for entry in entries:
            with _entry_open(root, entry) as source:
                status = os.fstat(source.fileno())
                info = tarfile.TarInfo(entry.path)
                info.size, info.mtime, info.mode = status.st_size, int(status.st_mtime), stat.S_IMODE(status.st_mode)
                archive.addfile(info, _Exactly(source, info.size))
    return len(entries)


def _entry_open(root: Path, entry: Entry) -> BinaryIO:
    with folder_of(root, entry.path) as (folder, name):
        return os.fdopen(open_file(folder, name, os.O_RDONLY), "rb")


class _Exactly:
    """Reads so many bytes, also of a file that grows or shrinks meanwhile: a log is packed as it was when opened."""

    def __init__(self, file: BinaryIO, size: int):
        self._file, self._left = file, size

    def read(self, size: int = -1) -> bytes:
        """At most so many of the bytes that are left; zeros where the file has become shorter."""
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._file.read(wanted)
        data += b"\0" * (wanted - len(data))
        self._left -= wanted
        return data


def _zip(root: Path, entries: Sequence[Entry], file: BinaryIO, kind: str) -> int:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in entries:
            with _entry_open(root, entry) as source, archive.open(entry.path, "w") as packed:
                while chunk := source.read(CHUNK_BYTES):
                    packed.write(chunk)
    return len(entries)


def _write(folder: int, name: str, text: str) -> None:
    descriptor = open_file(folder, name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    with os.fdopen(descriptor, "w") as opened:
        os.fchmod(descriptor, 0o600)
        opened.write(text)
        opened.flush()
        os.fsync(descriptor)


def _forget(folder: int, name: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
