"""`start`: from the start of the process to the first message delivered; then memory and CPU of an idle engine."""

from __future__ import annotations

import time
from typing import Any

from bench import machine
from bench.rig import Rig, wait_for
from bench.scenarios import Engine, Params, publisher, start_engine

IDLE_S = 5


def measure(engine: Engine, name: str, params: Params) -> dict[str, Any]:
    """Messages flow at 200 a second before the engine starts; ten seconds after they end it counts as idle."""
    rig = Rig(params.get("broker"))
    ledger = rig.ledger
    try:
        rig.broker()
        rig.tool("sub", "-p", rig.mqtt_port, "-I", "fb-sub")
        wait_for(lambda: ledger["ready"] > 0, 5)
        rig.tool("pub", *publisher(params, rig), "-c", 100_000, "-r", 200)
        time.sleep(0.2)
        began_ns = start_engine(rig, engine, name, params)
        pid = rig.processes["engine"].pid
        if not wait_for(lambda: ledger["recv"] > 0, 40, 0.001):
            raise RuntimeError("no message came through: " + rig.log("engine"))
        started_cpu_s = machine.cpu_s(pid)
        rig.stop("pub")
        time.sleep(params.get("rest_s", 10))
        before_s = machine.cpu_s(pid)
        time.sleep(IDLE_S)
        return {
            "first_message_s": round((ledger["first_recv"] - began_ns) / 1e9, 3),
            "start_cpu_s": started_cpu_s,
            "idle_rss_mb": round(machine.memory_mb(pid), 1),
            "idle_cpu_percent": round((machine.cpu_s(pid) - before_s) / IDLE_S * 100, 2),
            "calib_ms": machine.calibration_ms(),
        }
    finally:
        rig.close()
