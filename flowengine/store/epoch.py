"""Where message ids begin, so that none is given twice although a machine's clock may step back between runs."""

from __future__ import annotations

import os
from pathlib import Path

from flowengine.store.files import private

RESERVED = 10**12
"""More ids than one run gives out; the next run begins after them even if the clock says it is earlier."""


def claim(path: Path, time_ns: int) -> int:
    """The first id of this run: the time, or more where an earlier run went further. Blocking."""
    try:
        reserved = int(path.read_text())
    except (FileNotFoundError, ValueError):
        reserved = 0
    first = max(time_ns, reserved)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    with open(temporary, "w", encoding="ascii", opener=private) as file:
        file.write(str(first + RESERVED))
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    return first
