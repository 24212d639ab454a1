"""Files below a root folder, opened step by step so that no link leads out. Blocking; nothing here knows formats.

A root is a real path: links that its owner wrote into it were followed once (`Config.real`). Each opening walks it from
`/` and follows none, so that a link that takes a folder's place later opens nothing. Names are compared and not inode
numbers, because a folder that is made anew, and a share that is mounted again, are still what was meant.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from flowengine.config import name_fault
from flowengine.expression import PathTemplate, Template

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PASSED = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
"""For folders on the way to a root, which we need not be allowed to read."""


def relative_parts(path: str) -> list[str]:
    """The names in a relative path. Raises ValueError for one that is absolute, empty or climbs with `..`."""
    if path.startswith("/"):
        raise ValueError(f"{path!r} is taken from a folder on, so it does not begin with /")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        raise ValueError(f"{path!r} names no file below its folder")
    if fault := name_fault(path):
        raise ValueError(fault)
    return parts


def _relative(path: Template) -> Template:
    relative_parts(path.text)
    return path


RelativePath = Annotated[PathTemplate, AfterValidator(_relative)]
"""An option that names a file below a folder, filled from messages."""


@contextmanager
def root_open(root: Path, create: bool = False) -> Iterator[int]:
    """The descriptor of a root. Raises OSError with `root` as its file, ESTALE for a link on the way."""
    here = os.open("/", _PASSED if root.name else FOLDER)
    try:
        for above, name in enumerate(root.parts[1:], 1):
            here = _stepped(here, name, FOLDER if above == len(root.parts) - 1 else _PASSED, create)
    except OSError as fault:
        os.close(here)
        link = link_fault(root) if fault.errno in (errno.ENOTDIR, errno.ELOOP) else None
        raise (link or OSError(fault.errno, fault.strerror, str(root))) from fault
    try:
        yield here
    finally:
        os.close(here)


@contextmanager
def folder_of(root: Path, path: str, create: bool = False) -> Iterator[tuple[int, str]]:
    """The descriptor of the folder that holds `path`, and the file's name. Raises OSError; a link on the way is one."""
    *folders, name = relative_parts(path)
    with root_open(root, create) as top:
        here = os.dup(top)
        try:
            for folder in folders:
                here = _stepped(here, folder, FOLDER, create)
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


def link_fault(path: Path) -> OSError | None:
    """What is wrong with a real path on which there is a link by now; None where none is, or one that leads nowhere."""
    try:
        os.stat(path)
    except OSError as fault:
        if fault.errno == errno.ELOOP:
            return None
    link = next((each for each in (*reversed(path.parents), path) if each.is_symlink()), None)
    return OSError(errno.ESTALE, f"{link} has become a link, and is not followed", str(path)) if link else None


def _stepped(here: int, folder: str, flags: int, create: bool) -> int:
    """A folder in a folder, which is closed unless this raises."""
    try:
        below = os.open(folder, flags, dir_fd=here)
    except FileNotFoundError:
        if not create:
            raise
        with suppress(FileExistsError):
            os.mkdir(folder, dir_fd=here)
        below = os.open(folder, flags, dir_fd=here)
    os.close(here)
    return below
