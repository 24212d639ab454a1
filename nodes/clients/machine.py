"""Figures of this machine and of this process, read with psutil. Blocking; remembers only what rates need."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import psutil


class Machine:
    """Rates and shares count since the last reading; the first reading has those since it was made."""

    def __init__(self, disks: Sequence[str]):
        self._disks = disks
        self._process = psutil.Process()
        self._process.cpu_percent()
        self._at_s, self._counted, self._cpu = time.monotonic(), _counters(), _cpu_s()

    def read(self) -> dict[str, Any]:
        """Shares in percent, amounts in bytes, rates in bytes per second; what this machine lacks is left out."""
        now_s, counted = time.monotonic(), _counters()
        passed_s = max(1e-3, now_s - self._at_s)
        rates = {
            f"{name}_bytes_s": max(0.0, (value - self._counted.get(name, value)) / passed_s)
            for name, value in counted.items()
        }
        self._at_s, self._counted = now_s, counted
        before, self._cpu = self._cpu, _cpu_s()
        disks = self._usage()
        memory, swap = psutil.virtual_memory(), psutil.swap_memory()
        return {
            "cpu": _busy(before, self._cpu),
            "cpus": os.cpu_count() or 1,
            "load_1m": os.getloadavg()[0],
            "memory": memory.percent,
            "memory_available_bytes": memory.available,
            "swap": swap.percent,
            "disk": max((each["used"] for each in disks.values()), default=0.0),
            "disks": disks,
            **rates,
            "uptime_s": time.time() - psutil.boot_time(),
            "process": self._own(),
            **_temperature(),
        }

    def _usage(self) -> dict[str, dict[str, float]]:
        found = {}
        for path in self._disks:
            try:
                usage = psutil.disk_usage(path)
            except OSError:
                continue
            found[path] = {"used": usage.percent, "free_bytes": usage.free}
        return found

    def _own(self) -> dict[str, Any]:
        with self._process.oneshot():
            return {
                "cpu": self._process.cpu_percent(),
                "memory_bytes": self._process.memory_info().rss,
                "threads": self._process.num_threads(),
                "open_files": self._process.num_fds(),
            }


def _cpu_s() -> tuple[float, float]:
    """Seconds that all processors worked, and were there. psutil's own percentage is kept for each thread apart, so
    that a reading in another thread than the last one would say 0.
    """
    times = psutil.cpu_times()
    idle_s = times.idle + getattr(times, "iowait", 0.0)
    whole_s = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)  # in user and nice already
    return whole_s - idle_s, whole_s


def _busy(before: tuple[float, float], now: tuple[float, float]) -> float:
    worked_s, passed_s = now[0] - before[0], now[1] - before[1]
    return round(min(100.0, max(0.0, 100 * worked_s / passed_s)), 1) if passed_s > 0 else 0.0


def _counters() -> Mapping[str, int]:
    net, disk = psutil.net_io_counters(), psutil.disk_io_counters()
    found: dict[str, int] = {}
    if net is not None:
        found |= {"net_received": net.bytes_recv, "net_sent": net.bytes_sent}
    if disk is not None:
        found |= {"disk_read": disk.read_bytes, "disk_written": disk.write_bytes}
    return found


def _temperature() -> dict[str, float]:
    try:
        sensors = psutil.sensors_temperatures()
    except (OSError, AttributeError):
        return {}
    values = [each.current for group in sensors.values() for each in group if each.current]
    return {"temperature": max(values)} if values else {}
