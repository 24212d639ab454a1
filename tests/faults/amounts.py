"""How often each proof repeats its fault: short in `./dev test`, long in `./dev soak`."""

from __future__ import annotations

import os
from pathlib import Path

LONG = os.environ.get("FLOWENGINE_SOAK") == "1"


def crowding() -> float:
    """How much slower than alone a process is expected to be now, at least 1: what waits for each processor.

    Of the last minute or of this moment, whichever is more: a load that has just begun is not in the mean yet.
    """
    mean, _, _, running, *_ = Path("/proc/loadavg").read_text().split()
    return max(1.0, max(float(mean), float(running.partition("/")[0])) / (os.cpu_count() or 1))


def amount(name: str, short: int, long: int) -> int:
    """`FLOWENGINE_<name>` where somebody set it, else the count of the form that runs."""
    return int(os.environ.get(f"FLOWENGINE_{name}", long if LONG else short))
