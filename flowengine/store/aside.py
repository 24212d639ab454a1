"""Damaged files of the data folder: put aside under a name that says so, told, and found again. Knows no contents.

What is damaged never stops an engine: it makes the file anew, and a person decides what becomes of the old one.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path

from flowengine.store import data_folder

log = logging.getLogger("flowengine.store")
MARK = ".damaged-"
LOST = ".lost"
"""Ends the name of an empty file that says that one of the name before it was there and is not."""

KEPT = 4
"""Of one file; the oldest goes first, so that a disk that damages again and again does not fill itself."""

MOST_FOUND = 100
WITHOUT_DAMAGE = (data_folder.QUARANTINE,)
"""Folders that are not looked into: a spool counts by itself what it keeps there."""


def put_aside(path: Path, why: object, meaning: str = "it is made anew") -> Path:
    """Where the damaged file went; a new one can be made in its place. Blocking. Raises `OSError`."""
    numbers = sorted(_number(each) for each in path.parent.glob(f"{path.name}{MARK}*"))
    for number in numbers[: max(0, len(numbers) - KEPT + 1)]:
        with suppress(OSError):  # a folder stays
            _named(path, number).unlink()
    aside = _named(path, numbers[-1] + 1 if numbers else 1)
    path.rename(aside)
    log.error("%s is damaged (%s); it was set aside as %s, and %s", path, why, aside.name, meaning)
    return aside


def told_of(name: str) -> str:
    """What a person is told of a file that `found_aside` found."""
    if name.endswith(LOST):
        missing = name.removesuffix(LOST)
        return f"{missing} of the data folder was missing, and what it held with it; delete {name} once it was seen"
    return f"a file of the data folder was damaged and lies aside as {name}; delete or move it once it was seen"


def found_aside(folder: Path) -> list[Path]:
    """What lies aside below the data folder, and notes of lost ones, at most `MOST_FOUND`. Blocking."""
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        found += [Path(place, name) for name in sorted((*folders, *files)) if is_aside(name)]
        folders[:] = sorted(name for name in folders if name not in WITHOUT_DAMAGE and not is_aside(name))
    return found[:MOST_FOUND]


def is_aside(name: str) -> bool:
    """Whether a file of that name is none of the engine's own any more."""
    return MARK in name or name.endswith(LOST)


def _named(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}{MARK}{number}")


def _number(aside: Path) -> int:
    digits = aside.name.rpartition(MARK)[2]
    return int(digits) if digits.isascii() and digits.isdigit() else 0
