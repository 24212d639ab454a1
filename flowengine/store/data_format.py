"""Which engines a data folder belongs to: a number in the file `format`. What lies in the folder is known elsewhere.

It stands there twice, so that a damaged byte is not taken for another number. It rises only where an engine of today
could not read what an engine of tomorrow writes. Whoever raises it gives the step from the number before to `STEPS`;
docs/operations.md says how to go back.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path

from flowengine.store import data_folder, sealed
from flowengine.store.aside import is_aside, put_aside
from flowengine.store.files import replace
from flowengine.store.spool.disk import is_full

log = logging.getLogger("flowengine.store")

FORMAT = 2
FILE = "format"


def _seal_states(folder: Path) -> None:
    """States of nodes got a checksum."""
    found = (*data_folder.states(folder), *data_folder.checkpoints(folder))
    for file in (each for each in found if each.is_file() and not is_aside(each.name)):
        content = file.read_bytes()
        if not content.startswith(sealed.MARK):
            sealed.write(file, content, keeps=False)


STEPS: dict[int, Callable[[Path], None]] = {1: _seal_states}
"""What takes a folder from one number to the next, by the number it starts from."""


class NotOurData(Exception):
    """The folder was written by a newer engine, or nobody here may read it; the message says what to do."""


def format_of(folder: Path) -> int:
    """The folder's format; that of the first version where no file says it. Blocking. Raises `NotOurData`.

    The first version wrote no `format`, and a folder that is new or empty is as good as one of its own. Where the file
    is damaged the folder is taken for the first version's, whose steps do no harm to a later one.
    """
    number = _number(folder) or 1
    if number > FORMAT:
        raise NotOurData(
            f"{folder} was written by a newer engine (format {number}; this one knows {FORMAT}): "
            "start that one, or give this one another --data folder or the backup from before the upgrade"
        )
    return number


def _number(folder: Path) -> int | None:
    """What the file says; 0 where it is damaged, None without one."""
    file = folder / FILE
    try:
        if file.exists() and not (file.is_file() and (os.access(file, os.R_OK) or file.stat().st_uid != os.geteuid())):
            return 0  # a pipe would hold us for ever; a file of ours becomes readable with the start
        text = file.read_text(encoding="ascii", errors="replace")[:40]
    except FileNotFoundError:
        return None
    except OSError as fault:
        if fault.errno == errno.ELOOP:
            return 0
        raise NotOurData(f"cannot read {file}: {fault.strerror}") from None
    first, _, again = text.strip().partition(" ")
    is_whole = first == again or (first == "1" and not again)  # format 1 said it once
    return int(first) if is_whole and first.isascii() and first.isdigit() else 0


def take_over(folder: Path) -> None:
    """Bring the folder to today's format, step by step, and note each. Blocking. Raises `NotOurData`, `OSError`."""
    found = format_of(folder)
    if _number(folder) == 0:
        put_aside(folder / FILE, "it holds no number twice", "the folder is looked through from the first format on")
    for number in range(found, FORMAT):
        STEPS[number](folder)
        try:
            replace(folder / FILE, [f"{number + 1} {number + 1}\n".encode()])
        except OSError as fault:
            if not is_full(fault):
                raise
            log.error("the disk is full: the data folder's format is noted at the next start")
