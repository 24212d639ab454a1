"""Where message ids begin, so that none is given twice although a machine's clock may step back between runs."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from flowengine.store.files import replace
from flowengine.store.spool.disk import is_full

log = logging.getLogger("flowengine.store")

RESERVED = 10**12
"""More ids than one run gives out; the next run begins after them even if the clock says it is earlier."""

LONGEST_AHEAD_NS = 50 * 365 * 86_400 * 10**9
"""No clock steps back further; a note beyond it is damage."""


def claim(path: Path, time_ns: int) -> int:
    """The first id of this run: the time, or more where an earlier run went further. Blocking.

    A damaged note is told and not believed; a full disk takes the new one in the old one's place.
    """
    first = max(time_ns, _reserved(path, time_ns))
    note = str(first + RESERVED).encode()
    try:
        replace(path, [note])
    except OSError as fault:
        if not is_full(fault):
            raise
        _in_place(path, note)
    return first


def _reserved(path: Path, time_ns: int) -> int:
    try:
        reserved = int(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return 0
    except (OSError, ValueError):
        reserved = -1
    if not 0 <= reserved < time_ns + LONGEST_AHEAD_NS:
        log.error("%s is damaged: message ids begin with the time", path)
        return 0
    return reserved


def _in_place(path: Path, note: bytes) -> None:
    """Overwrite as much of the file as is there: that needs no room."""
    try:
        with open(path, "r+b", buffering=0) as file:
            file.write(note)
            os.fdatasync(file.fileno())
    except OSError as fault:
        log.error("the disk is full (%s): should the clock step back before the next start, message ids repeat", fault)
