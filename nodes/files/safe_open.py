"""Files below a root folder, opened step by step so that no link leads out. Blocking; nothing here knows formats."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flowengine.config import name_fault

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def relative_parts(path: str) -> list[str]:
    """The names in a relative path. Raises ValueError for one that is absolute, empty or climbs with `..`."""
    if path.startswith("/"):
        raise ValueError(f"{path!r}: the path is below `root`, so it does not begin with /")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        raise ValueError(f"{path!r} names no file below `root`")
    if fault := name_fault(path):
        raise ValueError(fault)
    return parts


@contextmanager
def folder_of(root: Path, path: str, create: bool = False) -> Iterator[tuple[int, str]]:
    """The descriptor of the folder that holds `path`, and the file's name. Raises OSError; a link on the way is one."""
    *folders, name = relative_parts(path)
    if create:
        root.mkdir(parents=True, exist_ok=True)
    here = os.open(root, _FOLDER)
    try:
        for folder in folders:
            if create:
                try:
                    os.mkdir(folder, dir_fd=here)
                except FileExistsError:
                    pass
            below = os.open(folder, _FOLDER | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
        yield here, name
    finally:
        os.close(here)


def open_file(folder: int, name: str, flags: int) -> int:
    """A descriptor of a plain file in a folder. Raises OSError for a link and for anything that is no plain file."""
    # Without O_NONBLOCK a pipe of that name would hang the thread.
    opened = os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o640, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise OSError(errno.EINVAL, "not a plain file", name)
    return opened
