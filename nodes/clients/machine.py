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
        psutil.cpu_percent()
        self._process.cpu_percent()
        self._at_s, self._counted = time.monotonic(), _counters()

    def read(self) -> dict[str, Any]:
        """Shares in percent, amounts in bytes, rates in bytes per second; what this machine lacks is left out."""
        now_s, counted = time.monotonic(), _counters()
        passed_s = max(1e-3, now_s - self._at_s)
        rates = {
            f"{name}_bytes_s": max(0.0, (value - self._counted.get(name, value)) / passed_s)
            for name, value in counted.items()
        }
        self._at_s, self._counted = now_s, counted
        disks = self._usage()
        memory, swap = psutil.virtual_memory(), psutil.swap_memory()
        return {
            "cpu": psutil.cpu_percent(),
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
