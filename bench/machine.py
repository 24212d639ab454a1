"""What /proc says of processes and of the machine. Never here: starting processes, judging figures."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """The process and all its descendants."""
    children: dict[int, list[int]] = {}
    for each, parent in _parents():
        children.setdefault(parent, []).append(each)
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(folder.name))
        if fields:
            yield int(folder.name), int(fields[1])


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []  # it has ended


def cpu_s(pid: int) -> float:
    """User and system seconds of the process and its living descendants."""
    stats = [fields for each in family(pid) if (fields := _stat(each))]
    return sum(int(fields[11]) + int(fields[12]) for fields in stats) / TICKS_PER_S


def memory_mb(pid: int, key: str = "VmRSS") -> float:
    """Resident MiB of the process and its descendants; `VmHWM` for the most since `forget_peak`."""
    total = 0
    for each in family(pid):
        try:
            lines = Path(f"/proc/{each}/status").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith(f"{key}:"))
    return total / 1024


def forget_peak(pid: int) -> None:
    """Let `VmHWM` begin anew."""
    for each in family(pid):
        try:
            Path(f"/proc/{each}/clear_refs").write_text("5")
        except OSError:
            pass  # not ours to reset; the peak then includes the start


def busy_s() -> float:
    """Seconds that any process used since boot, over all cores."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS_PER_S


def stolen_s() -> float:
    """Seconds that the hypervisor gave to others."""
    return int(Path("/proc/stat").read_text().split("\n", 1)[0].split()[8]) / TICKS_PER_S


def calibration_ms() -> float:
    """Milliseconds for a fixed loop, best of three: how fast this machine is right now."""
    best_s = float("inf")
    for _ in range(3):
        began, x = time.perf_counter(), 0
        for i in range(300_000):
            x += i & 7
        best_s = min(best_s, time.perf_counter() - began)
    return round(best_s * 1000, 2)
