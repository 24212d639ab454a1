"""`rate`: open loop at a fixed rate, whatever the engine manages: latency, losses, backlog, memory by time."""

from __future__ import annotations

import time
from typing import Any

from bench import machine
from bench.ledger import percentiles_ms
from bench.meter import Meter
from bench.rig import Rig, wait_for
from bench.scenarios import SCENARIOS, Engine, Params, bring_up, publisher


def measure(engine: Engine, name: str, params: Params) -> dict[str, Any]:
    """`rate` messages a second for `secs` after `warm_s`; what is behind then has `drain` seconds to arrive."""
    rig = Rig(params.get("broker"))
    try:
        return _paced(rig, engine, name, params)
    finally:
        rig.close()


def _paced(rig: Rig, engine: Engine, name: str, params: Params) -> dict[str, Any]:
    ledger = rig.ledger
    rate, secs, warm_s = params.get("rate", 2000), params.get("secs", 12), params.get("warm_s", 4)
    clients = params.get("clients", 1) if SCENARIOS[name].receiver == "ws" else 1
    warm, n = int(rate * warm_s) // 100 * 100, int(rate * secs) // 100 * 100
    bring_up(rig, engine, name, params)
    time.sleep(1.5)
    rig.tool("pub", *publisher(params, rig), "-c", warm + n, "-r", rate)
    wait_for(lambda: ledger["sent"] >= warm, warm_s + 10)
    meter = Meter(rig)
    trace_mb = _trace(rig, warm + n, secs + 30)
    figures = meter.read(n)
    sent = ledger["sent"]
    behind = sent - ledger["recv"] // clients
    wait_for(lambda: ledger["recv"] >= sent * clients, params.get("drain", 8))
    if clients > 1:
        latencies_us = ledger.sampled_us(warm * clients)
    elif name == "f5":
        latencies_us = ledger.alarm_lateness_us(warm, warm + n, params["alert"], params.get("for_ms", 1000))
    else:
        latencies_us = ledger.latencies_us(warm, warm + n)
    return {
        **figures,
        "rate": rate,
        "sent": sent - warm,
        "lost": None if name == "f5" else n - ledger.delivered(warm, warm + n, clients),
        "backlog_at_end": behind,
        "dups": ledger["dups"] if clients == 1 else None,
        "latency_ms": percentiles_ms(latencies_us),
        "samples": len(latencies_us),
        "rss_trace_mb": trace_mb,
        "bad": ledger["bad"],
    }


def _trace(rig: Rig, messages: int, timeout_s: float) -> list[int]:
    """Resident MiB once a second until all is sent."""
    trace_mb: list[int] = []
    end_s = time.monotonic() + timeout_s
    while rig.ledger["sent"] < messages and time.monotonic() < end_s:
        trace_mb.append(round(machine.memory_mb(rig.processes["engine"].pid)))
        wait_for(lambda: rig.ledger["sent"] >= messages, 1)
    return trace_mb
