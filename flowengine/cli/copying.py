"""What `backup` and `restore` share: how they say what came of it. Never here: the copying."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from flowengine.counts import count_of
from flowengine.store.backup import NoBackup


def ended(copy: Callable[[], int], made: Path) -> int:
    """The exit status, once it is printed how many files were copied into `made`, or why none was."""
    try:
        count = copy()
    except NoBackup as fault:
        print(f"flowengine: {fault}", file=sys.stderr)
        return 1
    size = f", {made.stat().st_size / 2**20:.1f} MiB" if made.is_file() else ""
    print(f"{count_of(count, 'file')}{size}: {made}")
    return 0
