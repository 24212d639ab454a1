"""`sat`: closed loop. Never more than `window` messages are between generator and receiver; so nothing must be lost."""

from __future__ import annotations

import time
from typing import Any

from bench.ledger import percentiles_ms
from bench.meter import Meter
from bench.rig import Rig, wait_for
from bench.scenarios import SCENARIOS, Engine, Params, bring_up, publisher


def measure(engine: Engine, name: str, params: Params) -> dict[str, Any]:
    """Sustained rate, CPU for each message, peak memory; with `rate` a second phase at that rate for latency."""
    rig = Rig(params.get("broker"))
    try:
        if SCENARIOS[name].source in ("pty", "inside"):
            return _by_gauge(rig, engine, name, params)
        return _by_broker(rig, engine, name, params)
    finally:
        rig.close()


def _by_gauge(rig: Rig, engine: Engine, name: str, params: Params) -> dict[str, Any]:
    """Input that needs no publisher; the engine itself tells how far it is."""
    ledger, warm, n = rig.ledger, params.get("warm", 30_000), params.get("n", 200_000)
    bring_up(rig, engine, name, {**params, "count": warm + n})
    if SCENARIOS[name].source == "pty":
        time.sleep(params.get("settle", 3))
        ledger["mode"] = 1
    if not wait_for(lambda: ledger["gauge"] >= warm, 25, 0.002):
        raise RuntimeError("no progress: " + rig.log("engine"))
    meter = Meter(rig)  # first: its calibration takes a while, and the stream does not wait
    before, began_ns = ledger["gauge"], ledger["last_recv"]
    done = wait_for(lambda: ledger["gauge"] >= warm + n - 1, params.get("timeout", 100), 0.002)
    counted = ledger["gauge"] - before
    elapsed_s = max(ledger["last_recv"] - began_ns, 1) / 1e9
    return {
        **meter.read(counted),
        "n": counted,
        "rate": round(counted / elapsed_s),
        "lost": warm + n - ledger["gauge"],
        "bad_frames": ledger["extra"],
        "ok": done,
    }


def _by_broker(rig: Rig, engine: Engine, name: str, params: Params) -> dict[str, Any]:
    ledger, scenario = rig.ledger, SCENARIOS[name]
    warm, n, window = params.get("warm", 30_000), params.get("n", 200_000), params.get("window", 2000)
    clients = params.get("clients", 1) if scenario.receiver == "ws" else 1
    gauge = scenario.receiver == "gauge"

    def done(messages: int) -> bool:
        return ledger["gauge"] >= messages if gauge else ledger["recv"] >= messages * clients

    bring_up(rig, engine, name, params)
    time.sleep(params.get("settle", 1.5))
    load = [*publisher(params, rig), "-w", window, "-d", clients]
    rig.tool("pub", *load, "-c", warm)
    if not wait_for(lambda: done(warm), params.get("timeout", 25)):
        stuck = {key: ledger[key] for key in ("sent", "recv", "gauge")}
        raise RuntimeError(f"stuck while warming up: {stuck} " + rig.log("engine"))
    rig.stop("pub")
    samples, frames, ledger["pubdone"] = ledger["samples"], ledger["recv"], 0
    meter = Meter(rig)
    rig.tool("pub", *load, "-c", n, "-t", warm)
    meter.watch("pub")
    ok = wait_for(lambda: done(warm + n), params.get("timeout", 80), 0.003)
    got = ledger["gauge"] - warm if gauge else ledger.delivered(warm, warm + n, clients)
    elapsed_s = max(ledger["last_recv"] - ledger["first_send"], 1) / 1e9
    figures = {
        **meter.read(max(got, 1)),
        "n": n,
        "rate": round(got / elapsed_s),
        "lost": n - got,
        "dups": ledger["dups"] if clients == 1 else None,
        "bad": ledger["bad"],
        "requests": ledger["reqs"],
        "alerts": ledger["recv"] if name == "f5" else None,
        "in_loop_ms": percentiles_ms(ledger.sampled_us(samples)),
        "updates_per_s": round((ledger["recv"] - frames) / elapsed_s) if name == "f3" else None,
        "ok": ok,
    }
    if params.get("rate"):
        figures["fixed"] = _fixed(rig, name, params, warm + n, clients)
    return figures


def _fixed(rig: Rig, name: str, params: Params, base: int, clients: int) -> dict[str, Any]:
    """Open loop at `rate` on the running engine; latency from the scheduled send time."""
    ledger, rate = rig.ledger, params["rate"]
    warm, n = int(rate * params.get("warm_s", 2)), int(rate * params.get("secs", 8))
    rig.stop("pub")
    time.sleep(1)
    samples, received = ledger["samples"], ledger["recv"]
    ledger["sent"] = ledger["pubdone"] = 0
    rig.tool("pub", *publisher(params, rig), "-c", warm + n, "-t", base, "-r", rate)
    wait_for(lambda: ledger["sent"] >= warm, 10)
    meter = Meter(rig)
    wait_for(lambda: ledger["sent"] >= warm + n and ledger["pubdone"] > 0, n / rate + 20)
    figures = meter.read(n)
    if name != "f5":
        wait_for(lambda: ledger["recv"] - received >= (warm + n) * clients, 7)
    begin, end = base + warm, base + warm + n
    if name == "f5":
        latencies_us = ledger.alarm_lateness_us(begin, end, params["alert"], params.get("for_ms", 1000))
    elif clients > 1:
        latencies_us = ledger.sampled_us(samples + warm * clients)
    else:
        latencies_us = ledger.latencies_us(begin, end)
    return {
        "rate": rate,
        "latency_ms": percentiles_ms(latencies_us),
        "samples": len(latencies_us),
        "lost": None if name == "f5" else n - ledger.delivered(begin, end, clients),
        "cpu_us_per_message": figures["cpu_us_per_message"],
        "rss_mb": figures["rss_end_mb"],
        "machine_busy_s": figures["machine_busy_s"],
    }
