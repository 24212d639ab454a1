"""CPU, memory and time of one measured stretch, and what the machine did meanwhile."""

from __future__ import annotations

import time
from typing import Any

from bench import machine
from bench.rig import Rig


class Meter:
    """Begins when made. The calibration loop runs before the clock starts."""

    def __init__(self, rig: Rig):
        self._rig = rig
        engine = rig.processes.get("engine")
        if engine is not None:
            machine.forget_peak(engine.pid)
        self._calibration_ms = machine.calibration_ms()
        self._stolen_s, self._busy_s = machine.stolen_s(), machine.busy_s()
        self._pids = {name: process.pid for name, process in rig.processes.items()}
        self._cpu_s = {name: machine.cpu_s(pid) for name, pid in self._pids.items()}
        self._began_s = time.monotonic()

    def watch(self, name: str) -> None:
        """Count a child that was started within the stretch, from its start."""
        self._pids[name], self._cpu_s[name] = self._rig.processes[name].pid, 0.0

    def read(self, messages: int = 0) -> dict[str, Any]:
        """The figures; with a count of messages the engine's CPU microseconds for each (its whole process tree)."""
        wall_s = time.monotonic() - self._began_s
        used_s = {name: machine.cpu_s(pid) - self._cpu_s[name] for name, pid in self._pids.items()}
        figures: dict[str, Any] = {
            "wall_s": round(wall_s, 3),
            "cpu_s": {name: round(seconds, 2) for name, seconds in used_s.items()},
            "machine_busy_s": round(machine.busy_s() - self._busy_s, 2),
            "steal_s": round(machine.stolen_s() - self._stolen_s, 2),
            "calib_ms": self._calibration_ms,
        }
        if "engine" in used_s:
            figures["engine_core_share"] = round(used_s["engine"] / wall_s, 2)
            figures["peak_rss_mb"] = round(machine.memory_mb(self._pids["engine"], "VmHWM"), 1)
            figures["rss_end_mb"] = round(machine.memory_mb(self._pids["engine"]), 1)
            if messages:
                figures["cpu_us_per_message"] = round(used_s["engine"] / messages * 1e6, 2)
        return figures
