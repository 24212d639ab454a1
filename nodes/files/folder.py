"""Files that come into a folder: which of them are complete, and where they go once they were read. Blocking."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Collection
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from nodes.files.faults import is_of_the_name, words_of
from nodes.files.safe_open import folder_of, relative_parts

WILDCARDS = frozenset("*?[")


class Look(NamedTuple):
    """What tells whether a file has changed."""

    inode: int
    size_bytes: int
    changed_ns: int


def has_wildcard(path: str) -> bool:
    """Whether a path means any number of files. Raises ValueError where a folder's name does."""
    *folders, _ = relative_parts(path)
    if any(WILDCARDS & set(folder) for folder in folders):
        raise ValueError(f"{path!r}: only the file's name may have wildcards, not its folder's")
    return bool(WILDCARDS & set(path))


class Arriving:
    """Looks at a folder again and again; a file is complete once it has not changed for `settled_after_s`."""

    def __init__(self, root: Path, pattern: str, settled_after_s: float):
        self._root, self._pattern, self._settled_after_s = root, pattern, settled_after_s
        self._seen: dict[str, tuple[Look, float]] = {}

    def complete(self, now_s: float) -> dict[str, Look]:
        """Paths of complete files by name, in order. Raises OSError where the folder cannot be read."""
        found = self._found()
        self._seen = {
            path: known if (known := self._seen.get(path)) and known[0] == look else (look, now_s)
            for path, look in found.items()
        }
        return {path: look for path, (look, since_s) in self._seen.items() if now_s >= since_s + self._settled_after_s}

    @property
    def names(self) -> Collection[str]:
        """Paths of all files that were there at the last look."""
        return self._seen.keys()

    def _found(self) -> dict[str, Look]:
        found: dict[str, Look] = {}
        with folder_of(self._root, self._pattern) as (folder, pattern):
            above = self._pattern.rpartition("/")[0]
            for name in sorted(os.listdir(folder)):
                if name.startswith(".") != pattern.startswith(".") or not fnmatchcase(name, pattern):
                    continue
                try:
                    about = os.stat(name, dir_fd=folder, follow_symlinks=False)
                except FileNotFoundError:  # gone since
                    continue
                if stat.S_ISREG(about.st_mode):
                    found[f"{above}/{name}" if above else name] = Look(about.st_ino, about.st_size, about.st_mtime_ns)
        return found


class PutAway:
    """Moves to the folder `to`, or deletes, files that were read; one that cannot be is told once, and stays."""

    def __init__(self, root: Path, log: logging.LoggerAdapter[Any], to: str | None, delete: bool):
        self._root, self._log, self._to, self._delete = root, log, to, delete
        self._stuck: set[str] = set()

    def put(self, path: str) -> None:
        """Try; what is wrong with a name holds up no other file. Raises OSError for what is wrong with the machine."""
        try:
            if self._to is not None:
                _move(self._root, path, self._to)
            elif self._delete:
                _remove(self._root, path)
        except OSError as fault:
            if not is_of_the_name(fault, self._root):
                raise
            if path not in self._stuck:
                self._log.warning("%s was read and stays where it is: %s", path, words_of(fault))
            self._stuck.add(path)
        else:
            self._stuck.discard(path)


def _remove(root: Path, path: str) -> None:
    """The file is gone, as it may be already. Raises OSError."""
    with folder_of(root, path) as (folder, name):
        try:
            os.unlink(name, dir_fd=folder)
        except FileNotFoundError:
            pass


def _move(root: Path, path: str, to: str) -> None:
    """The file lies in the folder `to`, which is made; beside one of its name as NAME.1, NAME.2. Raises OSError."""
    name = relative_parts(path)[-1]
    with folder_of(root, path) as (here, _), folder_of(root, f"{to}/{name}", create=True) as (there, _):
        taken = set(os.listdir(there))
        free = next(each for each in (name, *(f"{name}.{n}" for n in range(1, len(taken) + 2))) if each not in taken)
        try:
            os.rename(name, free, src_dir_fd=here, dst_dir_fd=there)
        except FileNotFoundError:  # moved by somebody else
            pass
