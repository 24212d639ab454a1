"""Which errors of the disk are a message's own fault: the name that it asked for can never be a file. Pure."""

from __future__ import annotations

import errno
from pathlib import Path

_OF_NAMES = frozenset((
    errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.EINVAL, errno.EILSEQ, errno.ENXIO, errno.ENODEV,
    errno.EFBIG, errno.EMLINK,
))  # fmt: skip


def is_of_the_name(fault: BaseException, *roots: Path) -> bool:
    """Whether waiting cannot help: the name is too long, a folder, a link, or nothing that can be written there.

    What is wrong with one of `roots` itself is somebody else's to mend, and is waited for.
    """
    if isinstance(fault, OSError):
        return fault.errno in _OF_NAMES and str(fault.filename) not in map(str, roots)
    return isinstance(fault, ValueError)  # half characters, NUL, `..`


def words_of(fault: Exception) -> str:
    """What is wrong, without numbers and places of the library."""
    text = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
    if isinstance(fault, UnicodeError):
        text = "the name has half a character"
    return text[:1].lower() + text[1:]
