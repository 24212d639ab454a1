"""Files below a folder into one archive, with its checksum; old files away. Blocking; follows no links."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import stat
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from nodes.files.safe_open import folder_of, open_file, relative_parts

CHUNK_BYTES = 2**20
CHECKSUM = ".sha256"


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
    """More files or bytes than the limit."""


def files_below(root: Path, patterns: Sequence[str], most: int) -> list[Entry]:
    """Plain files whose path below `root` fits a pattern (`*` also across folders), by path. Raises TooMuch, OSError.

    Links are neither taken nor followed.
    """
    found = []
    for entry in _walk(root, ""):
        if any(fnmatch.fnmatchcase(entry.path, pattern) for pattern in patterns):
            found.append(entry)
            if len(found) > most:
                raise TooMuch(f"more than {most} files fit below {root}")
    return sorted(found)


def pack(root: Path, entries: Sequence[Entry], target: Path, kind: str) -> Packed:
    """The archive, with `NAME.sha256` beside it as `sha256sum -c` reads it. Nothing is there until all of it is."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.half")
    try:
        count = (_zip if kind == "zip" else _tar)(root, entries, half, kind)
        checksum, size_bytes = _checksum(half), half.stat().st_size
        _write(target.with_name(target.name + CHECKSUM), f"{checksum}  {target.name}\n")
        half.replace(target)
        _sync(target.parent)
    finally:
        half.unlink(missing_ok=True)
    return Packed(target, size_bytes, checksum, count)


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


def _walk(root: Path, below: str) -> Iterator[Entry]:
    with os.scandir(root / below) as listing:
        for item in sorted(listing, key=lambda item: item.name):
            path = f"{below}{item.name}"
            if item.is_dir(follow_symlinks=False):
                yield from _walk(root, f"{path}/")
            elif item.is_file(follow_symlinks=False):
                status = item.stat(follow_symlinks=False)
                yield Entry(path, status.st_size, status.st_mtime_ns)


def _tar(root: Path, entries: Sequence[Entry], half: Path, kind: str) -> int:
    count = 0
    with half.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        with tarfile.open(fileobj=file, mode="w:gz" if kind == "tar.gz" else "w") as archive:
            for entry in entries:
                with folder_of(root, entry.path) as (folder, name):
                    opened = open_file(folder, name, os.O_RDONLY)
                with os.fdopen(opened, "rb") as source:
                    status = os.fstat(opened)
                    info = tarfile.TarInfo(entry.path)
                    info.size, info.mtime, info.mode = (
                        status.st_size,
                        int(status.st_mtime),
                        stat.S_IMODE(status.st_mode),
                    )
                    archive.addfile(info, _Exactly(source, info.size))
                    count += 1
        file.flush()
        os.fsync(file.fileno())
    return count


class _Exactly:
    """Reads so many bytes, also of a file that grows or shrinks meanwhile: a log is packed as it was when opened."""

    def __init__(self, file: object, size: int):
        self._file, self._left = file, size

    def read(self, size: int = -1) -> bytes:
        """At most so many of the bytes that are left; zeros where the file has become shorter."""
        wanted = self._left if size < 0 else min(size, self._left)
        data: bytes = self._file.read(wanted)  # type: ignore[attr-defined]
        data += b"\0" * (wanted - len(data))
        self._left -= wanted
        return data


def _zip(root: Path, entries: Sequence[Entry], half: Path, kind: str) -> int:
    with half.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry in entries:
                with folder_of(root, entry.path) as (folder, name):
                    opened = open_file(folder, name, os.O_RDONLY)
                with os.fdopen(opened, "rb") as source, archive.open(entry.path, "w") as packed:
                    while chunk := source.read(CHUNK_BYTES):
                        packed.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return len(entries)


def _checksum(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _write(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def target_below(folder: Path, path: str) -> Path:
    """The file of that path below a folder. Raises ValueError for a path that leads out."""
    return folder.joinpath(*relative_parts(path))
