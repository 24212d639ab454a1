"""`ceiling`: no engine. What broker (`ceiling broker`) and HTTP sink (`ceiling sink`) can carry on this machine."""

from __future__ import annotations

import subprocess
from typing import Any

from bench.ledger import percentiles_ms
from bench.meter import Meter
from bench.rig import Rig, wait_for
from bench.scenarios import Params, publisher
from bench.toolbox import flowbench


def measure(_engine: object, name: str, params: Params) -> dict[str, Any]:
    """Messages through mosquitto to raw subscribers, or lines into the sink."""
    rig = Rig(params.get("broker"))
    try:
        return _sink(rig, params) if name == "sink" else _broker(rig, params)
    finally:
        rig.close()


def _sink(rig: Rig, params: Params) -> dict[str, Any]:
    rig.tool("sink", "-p", rig.sink_port)
    wait_for(lambda: rig.ledger["ready"] > 0, 5)
    meter = Meter(rig)
    options = ["-p", rig.sink_port, "-s", 5, "-k", params.get("clients", 4), "-b", params.get("batch_n", 100)]
    command = [flowbench(), "sinkload", "-S", rig.ledger.path, *options]
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True)
    return {**meter.read(), "out": done.stdout.strip(), "bad": rig.ledger["bad"]}


def _broker(rig: Rig, params: Params) -> dict[str, Any]:
    ledger, n, subscribers = rig.ledger, params.get("n", 1_000_000), params.get("subs", 1)
    rig.broker()
    for place in range(subscribers):
        options = ["-p", rig.mqtt_port, "-f", "farm/#", "-q", params.get("qos", 0), "-I", f"fb-sub{place}"]
        rig.tool("sub", *options, name=f"sub{place}")
    wait_for(lambda: ledger["ready"] >= subscribers, 5)
    meter = Meter(rig)
    pace = ["-r", params["rate"]] if params.get("rate") else []
    rig.tool("pub", *publisher(params, rig), "-c", n, "-w", params.get("window", 5000), *pace, "-d", subscribers)
    meter.watch("pub")
    ok = wait_for(lambda: ledger["recv"] >= n * subscribers, 60, 0.003)
    figures = meter.read()
    elapsed_s = max(ledger["last_recv"] - ledger["first_send"], 1) / 1e9
    return {
        **figures,
        "n": n,
        "rate": round(ledger["recv"] / elapsed_s),
        "lost": n * subscribers - ledger["recv"],
        "broker_cpu_us_per_message": round(figures["cpu_s"]["broker"] / n * 1e6, 2),
        "in_loop_ms": percentiles_ms(ledger.sampled_us(0)),
        "ok": ok,
    }
