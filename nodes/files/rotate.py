"""Files that are appended to, rotated by time or size, compressed and thrown away by age and count. Blocking.

What is rotated is named `stem.2026-01-31.suffix`, by the hour `stem.2026-01-31T13.suffix`, by size with the second.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from isal import igzip

from nodes.files.safe_open import folder_of, open_file

MOST_OPEN = 64
_FORMS = {"daily": "%Y-%m-%d", "hourly": "%Y-%m-%dT%H"}


@dataclass(frozen=True)
class Rules:
    """When files are rotated and how long what was rotated is kept; 0 means for ever."""

    rotate: Literal["daily", "hourly"] | int | None = None
    zone: str = "UTC"
    keep_s: float = 0.0
    keep_files: int = 0
    gzip: bool = False
    sync: bool = True


@dataclass
class _File:
    descriptor: int
    size_bytes: int
    period: str


class RollingFiles:
    """All files of one node below one root; the least used are closed when there are many."""

    def __init__(self, root: Path, rules: Rules):
        self._root = root
        self._rules = rules
        self._zone = ZoneInfo(rules.zone)
        self._open: dict[str, _File] = {}

    def append(self, path: str, records: Sequence[bytes], header: bytes, now_ns: int) -> None:
        """Append records, each whole, in one or several files; on disk on return if the rules say so.

        `header` begins each new file. Raises OSError after cutting off what was written in part.
        """
        limit = self._rules.rotate if isinstance(self._rules.rotate, int) else 0
        if not limit:
            self._append(path, b"".join(records), header, now_ns)
            return
        part: list[bytes] = []
        size_bytes = self._file(path, now_ns).size_bytes
        for record in records:
            if part and size_bytes + len(record) > limit:
                self._append(path, b"".join(part), header, now_ns)
                part, size_bytes = [], 0
            part.append(record)
            size_bytes += len(record)
        self._append(path, b"".join(part), header, now_ns)

    def close(self) -> None:
        """Close every file."""
        while self._open:
            os.close(self._open.popitem()[1].descriptor)

    def _append(self, path: str, data: bytes, header: bytes, now_ns: int) -> None:
        file = self._file(path, now_ns)
        if file.size_bytes and self._is_due(file, len(data), now_ns):
            self._rotate(path, file, now_ns)
            file = self._file(path, now_ns)
        whole = memoryview(data if file.size_bytes else header + data)
        try:
            written = 0
            while written < len(whole):
                written += os.write(file.descriptor, whole[written:])
            if self._rules.sync:
                os.fdatasync(file.descriptor)
        except OSError:
            # A half-written record would join the next one.
            os.ftruncate(file.descriptor, file.size_bytes)
            os.close(self._open.pop(path).descriptor)
            raise
        file.size_bytes += len(whole)

    def _is_due(self, file: _File, more_bytes: int, now_ns: int) -> bool:
        rotate = self._rules.rotate
        if isinstance(rotate, int):
            return file.size_bytes + more_bytes > rotate
        return rotate is not None and file.period != self._period(now_ns)

    def _file(self, path: str, now_ns: int) -> _File:
        file = self._open.pop(path, None)
        if file is not None and os.fstat(file.descriptor).st_nlink == 0:
            os.close(file.descriptor)  # somebody deleted it
            file = None
        if file is None:
            file = self._opened(path, now_ns)
        self._open[path] = file  # last in the dictionary: most lately used
        return file

    def _opened(self, path: str, now_ns: int) -> _File:
        while len(self._open) >= MOST_OPEN:
            os.close(self._open.pop(next(iter(self._open))).descriptor)
        with folder_of(self._root, path, create=True) as (folder, name):
            descriptor = open_file(folder, name, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            about = os.fstat(descriptor)
            if not about.st_size and self._rules.sync:
                os.fsync(folder)
        period = self._period(about.st_mtime_ns if about.st_size else now_ns)
        return _File(descriptor, about.st_size, period)

    def _period(self, now_ns: int) -> str:
        form = _FORMS.get(str(self._rules.rotate), "")
        return datetime.fromtimestamp(now_ns // 10**9, self._zone).strftime(form) if form else ""

    def _rotate(self, path: str, file: _File, now_ns: int) -> None:
        os.close(self._open.pop(path).descriptor)
        stamp = file.period or datetime.fromtimestamp(now_ns // 10**9, UTC).strftime("%Y-%m-%dT%H%M%SZ")
        with folder_of(self._root, path) as (folder, name):
            os.rename(name, _free_name(folder, name, stamp), src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)
            rotated = _rotated(folder, name)
            if self._rules.gzip:
                for one in rotated:
                    if not one.endswith(".gz"):
                        _compress(folder, one)
            self._forget(folder, name, now_ns)

    def _forget(self, folder: int, name: str, now_ns: int) -> None:
        newest_first = _rotated(folder, name)
        for place, one in enumerate(newest_first):
            age_s = now_ns / 1e9 - os.stat(one, dir_fd=folder, follow_symlinks=False).st_mtime
            too_many = self._rules.keep_files and place >= self._rules.keep_files
            if too_many or (self._rules.keep_s and age_s > self._rules.keep_s):
                os.unlink(one, dir_fd=folder)


def _split(name: str) -> tuple[str, str]:
    stem, dot, suffix = name.rpartition(".")
    return (stem, f".{suffix}") if dot and stem else (name, "")


def _free_name(folder: int, name: str, stamp: str) -> str:
    stem, suffix = _split(name)
    taken = set(os.listdir(folder))
    number = 0
    while True:
        found = f"{stem}.{stamp}{f'-{number}' if number else ''}{suffix}"
        if found not in taken and f"{found}.gz" not in taken:
            return found
        number += 1


def _rotated(folder: int, name: str) -> list[str]:
    """Names of what this file was rotated into, newest first."""
    stem, suffix = map(re.escape, _split(name))
    pattern = re.compile(rf"{stem}\.(\d{{4}}-\d\d-\d\d(?:T\d\d(?:\d{{4}}Z)?)?)(?:-(\d+))?{suffix}(?:\.gz)?")
    found = [(match[1], int(match[2] or 0), one) for one in os.listdir(folder) if (match := pattern.fullmatch(one))]
    return [one for _, _, one in sorted(found, reverse=True)]


def _compress(folder: int, name: str) -> None:
    """Replace a file by its `.gz`; a crash leaves the file as it was, or both."""
    half = f"{name}.gz.half"
    about = os.stat(name, dir_fd=folder, follow_symlinks=False)
    target = open_file(folder, half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    with os.fdopen(target, "wb") as to, os.fdopen(open_file(folder, name, os.O_RDONLY), "rb") as source:
        with igzip.IGzipFile(filename="", mode="wb", fileobj=to, mtime=int(about.st_mtime)) as packed:  # type: ignore[no-untyped-call]
            shutil.copyfileobj(source, packed, 1 << 20)
        to.flush()
        os.utime(target, ns=(about.st_mtime_ns, about.st_mtime_ns))
        os.fsync(target)
    os.rename(half, f"{name}.gz", src_dir_fd=folder, dst_dir_fd=folder)
    os.unlink(name, dir_fd=folder)
