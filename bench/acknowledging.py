"""`ack`: how long the engine takes to acknowledge. The generator is the broker here, so it sees every PUBACK itself."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from bench import machine
from bench.ledger import Ledger, percentiles_ms
from bench.meter import Meter
from bench.rig import Rig, wait_for
from bench.scenarios import Engine, Params, start_engine

MINUTE_S = 60
DRAINED_PER_S = 5000
"""The slowest drain that is waited for."""


def measure(engine: Engine, name: str, params: Params) -> dict[str, Any]:
    """`rate` messages of QoS 1 a second for `secs` after `warm_s`; from the scheduled send time to the PUBACK.

    With `sink_away` the sink refuses everything meanwhile, then comes back; `missing` is what never reached it.
    """
    rig = Rig()
    stored = Ledger(rig.ledger.path.with_name(rig.ledger.path.name + ".sink"))
    try:
        return _acknowledged(rig, stored, engine, name, {"qos": 1, **params})
    finally:
        stored["stop"] = 1
        rig.close()
        stored.remove()


def _acknowledged(rig: Rig, stored: Ledger, engine: Engine, name: str, params: Params) -> dict[str, Any]:
    ledger, rate = rig.ledger, params.get("rate", 5000)
    warm, n = int(rate * params.get("warm_s", 3)), int(rate * params.get("secs", 20))
    rig.tool("sink", "-S", stored.path, "-p", rig.sink_port)
    rig.tool("feed", "-p", rig.mqtt_port, "-c", warm + n, "-r", rate, "-q", 1)
    start_engine(rig, engine, name, params)
    if not wait_for(lambda: ledger["sent"] >= warm, 30 + params.get("warm_s", 3)):
        raise RuntimeError("no subscription: " + rig.log("feed") + rig.log("engine"))
    if params.get("sink_away"):
        stored["mode"] = 1
    meter, memory = Meter(rig), _Memory(rig)
    ok = memory.until(lambda: ledger["sent"] >= warm + n, n / rate + 30)
    figures = meter.read(n)
    wait_for(lambda: ledger["acked"] >= warm + n, 5)
    drained = _drain(stored, warm + n, memory) if params.get("sink_away") else {}
    time.sleep(1)
    latencies_us = ledger.latencies_us(warm, warm + n)
    return {
        **figures,
        "rate": rate,
        "ack_ms": percentiles_ms(latencies_us),
        "samples": len(latencies_us),
        "unacknowledged": warm + n - ledger["acked"],
        "stored": stored["uniq"],
        **drained,
        "rss_mb_by_minute": memory.by_minute,
        "ok": ok,
    }


def _drain(stored: Ledger, total: int, memory: _Memory) -> dict[str, Any]:
    """The sink is back: how long until it has everything, and what it cost."""
    behind, began_s = total - stored["uniq"], time.monotonic()
    stored["mode"] = 0
    memory.until(lambda: stored["uniq"] >= total, 60 + behind / DRAINED_PER_S)
    took_s = time.monotonic() - began_s
    return {
        "backlog": behind,
        "drain_s": round(took_s, 1),
        "drained_per_s": round((stored["uniq"] + behind - total) / took_s),
        "missing": total - stored["uniq"],
        "repeated": stored["dups"],
    }


class _Memory:
    """The engine's resident MiB, noted each minute."""

    def __init__(self, rig: Rig):
        self._pid = rig.processes["engine"].pid
        self._next_s = time.monotonic()
        self.by_minute: list[float] = []

    def until(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Whether the condition became true in time."""
        return wait_for(lambda: self._note() or condition(), timeout_s, 0.1)

    def _note(self) -> bool:
        if time.monotonic() >= self._next_s:
            self._next_s += MINUTE_S
            self.by_minute.append(round(machine.memory_mb(self._pid), 1))
            print(f"minute {len(self.by_minute) - 1}: {self.by_minute[-1]} MiB", file=sys.stderr, flush=True)
        return False
