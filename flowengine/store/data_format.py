"""Which engines a data folder belongs to: a number in the file `format`. What lies in the folder is known elsewhere.

The number rises only where an engine of today could not read what an engine of tomorrow writes. Whoever raises it gives
the step from the number before to `STEPS`; docs/operations.md says how to go back.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flowengine.store.files import replace

FORMAT = 1
FILE = "format"
STEPS: dict[int, Callable[[Path], None]] = {}
"""What takes a folder from one number to the next, by the number it starts from."""


class NotOurData(Exception):
    """The folder was written by a newer engine, or its `format` cannot be read; the message says what to do."""


def format_of(folder: Path) -> int:
    """The folder's format; that of the first version where no file says it. Blocking. Raises `NotOurData`.

    The first version wrote no `format`, and a folder that is new or empty is as good as one of its own.
    """
    file = folder / FILE
    try:
        text = file.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return 1
    except OSError as fault:
        raise NotOurData(f"cannot read {file}: {fault.strerror}") from None
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise NotOurData(f"{file} should hold a number such as {FORMAT}, not {text[:20]!r}")
    if int(text) > FORMAT:
        raise NotOurData(
            f"{folder} was written by a newer engine (format {text}; this one knows {FORMAT}): "
            "start that one, or give this one another --data folder or the backup from before the upgrade"
        )
    return int(text)


def take_over(folder: Path) -> None:
    """Bring the folder to today's format, step by step, and note each. Blocking. Raises `NotOurData`, `OSError`."""
    for number in range(format_of(folder), FORMAT):
        STEPS[number](folder)
        replace(folder / FILE, [f"{number + 1}\n".encode()])
    if not (folder / FILE).exists():
        replace(folder / FILE, [f"{FORMAT}\n".encode()])
