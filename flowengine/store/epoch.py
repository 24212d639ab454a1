"""Where message ids begin, so that none is given twice although a machine's clock may step back between runs."""

from __future__ import annotations

from pathlib import Path

from flowengine.store.files import replace

RESERVED = 10**12
"""More ids than one run gives out; the next run begins after them even if the clock says it is earlier."""


def claim(path: Path, time_ns: int) -> int:
    """The first id of this run: the time, or more where an earlier run went further. Blocking."""
    try:
        reserved = int(path.read_text())
    except (FileNotFoundError, ValueError):
        reserved = 0
    first = max(time_ns, reserved)
    replace(path, [str(first + RESERVED).encode()])
    return first
