"""`ack`: how long the engine takes to acknowledge. The generator is the broker here, so it sees every PUBACK itself."""

from __future__ import annotations

import time
from typing import Any

from bench.ledger import Ledger, percentiles_ms
from bench.meter import Meter
from bench.rig import Rig, wait_for
from bench.scenarios import Engine, Params, start_engine


def measure(engine: Engine, name: str, params: Params) -> dict[str, Any]:
    """`rate` messages of QoS 1 a second for `secs` after `warm_s`; from the scheduled send time to the PUBACK."""
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
    meter = Meter(rig)
    ok = wait_for(lambda: ledger["sent"] >= warm + n, n / rate + 30)
    figures = meter.read(n)
    wait_for(lambda: ledger["acked"] >= warm + n, 5)
    latencies_us = ledger.latencies_us(warm, warm + n)
    time.sleep(1)
    return {
        **figures,
        "rate": rate,
        "ack_ms": percentiles_ms(latencies_us),
        "samples": len(latencies_us),
        "unacknowledged": warm + n - ledger["acked"],
        "stored": stored["uniq"],
        "ok": ok,
    }
