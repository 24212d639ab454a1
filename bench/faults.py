"""`fail`: F1 while something breaks. What was acknowledged to the publisher is compared with what the sink stored."""

from __future__ import annotations

import signal
import time
from typing import Any

from bench import machine
from bench.rig import Rig
from bench.scenarios import Engine, Params, bring_up, publisher

KINDS = ("none", "kill9", "sigterm", "sink503", "sinkdown", "broker", "slowsink", "redeploy-full", "redeploy-nodes")


def measure(engine: Engine, name: str, params: Params) -> dict[str, Any]:
    """One fault of `kind` under `rate` messages a second; the account of every message."""
    if params.get("kind") not in KINDS:
        raise ValueError(f"-p kind= one of {', '.join(KINDS)}")
    rig = Rig(params.get("broker"))
    try:
        return _Trial(rig, engine, name, {"qos": 1, **params}).run()
    finally:
        rig.close()


class _Trial:
    def __init__(self, rig: Rig, engine: Engine, name: str, params: Params):
        self._rig, self._engine, self._name, self._params = rig, engine, name, params
        self._began_s = 0.0
        self._trace: list[tuple[int, int, int]] = []
        self._seen: dict[str, Any] = {}

    def run(self) -> dict[str, Any]:
        rig, ledger, params = self._rig, self._rig.ledger, self._params
        rate, secs = params.get("rate", 1000), params.get("secs", 20)
        bring_up(rig, self._engine, self._name, params)
        time.sleep(1.5)
        rig.tool("pub", *publisher(params, rig), "-c", 10_000_000, "-s", secs, "-r", rate)
        self._began_s = time.monotonic()
        self._break(params["kind"], secs)
        rig.processes["pub"].wait(secs + 40)
        sent = ledger["sent"]
        drained_s = self._drain(sent)
        return {
            "kind": params["kind"],
            "rate": rate,
            **self._seen,
            **ledger.account(sent),
            "refused_lines": ledger["rej_lines"],
            "trace_s_mb_backlog": self._trace[::3],
            "drain_s": drained_s,
            "rss_end_mb": round(machine.memory_mb(rig.processes["engine"].pid)),
            "engine_said": rig.log("engine", 300),
        }

    def _break(self, kind: str, secs: float) -> None:
        rig, ledger, down_s = self._rig, self._rig.ledger, self._params.get("down", 30)
        if kind in ("kill9", "sigterm"):
            self._restart(signal.SIGKILL if kind == "kill9" else signal.SIGTERM)
        elif kind == "sink503":
            self._until(5)
            ledger["mode"] = 1
            self._until(5 + down_s)
            ledger["mode"] = 0
        elif kind == "sinkdown":
            self._until(5)
            rig.stop("sink", signal.SIGKILL)
            self._until(5 + down_s)
            rig.tool("sink", "-p", rig.sink_port)
        elif kind == "broker":
            self._until(5.03)
            rig.stop("broker", signal.SIGKILL if self._params.get("hard") else signal.SIGTERM)
            self._until(7)
            rig.broker()
        elif kind == "slowsink":
            self._until(3)
            ledger["slowms"], ledger["mode"] = self._params.get("slowms", 100), 2
            self._until(secs)
        elif kind.startswith("redeploy"):
            self._redeploy(kind.partition("-")[2])

    def _restart(self, sig: int) -> None:
        rig = self._rig
        self._until(5.03)
        argv, env, cwd = self._engine.prepare(rig, self._name, self._params)
        rig.stop("engine", sig)
        self._seen["at_kill"] = {"sent": rig.ledger["sent"], "delivered": rig.ledger["uniq"]}
        self._until(7)
        rig.spawn("engine", argv, env, cwd)

    def _redeploy(self, kind: str) -> None:
        took_s: list[float] = []
        for turn in range(self._params.get("times", 5)):
            self._until(4 + 2 * turn + 0.033)
            took_s.append(round(self._engine.redeploy(kind), 3))  # type: ignore[attr-defined]
        self._seen["deploy_s"] = took_s

    def _until(self, at_s: float) -> None:
        """Wait; note memory and what the sink has not seen, every two seconds."""
        while (left_s := self._began_s + at_s - time.monotonic()) > 0:
            time.sleep(min(2, left_s))
            if "engine" in self._rig.processes:
                memory_mb = round(machine.memory_mb(self._rig.processes["engine"].pid))
                behind = self._rig.ledger["sent"] - self._rig.ledger["uniq"]
                self._trace.append((round(time.monotonic() - self._began_s), memory_mb, behind))

    def _drain(self, sent: int) -> float:
        """Seconds until all is there, or nothing moved for `quiet` seconds."""
        began_s = still_since_s = time.monotonic()
        last = -1
        quiet_s, most_s = self._params.get("quiet", 14), self._params.get("drain", 30)
        while self._rig.ledger["uniq"] < sent and time.monotonic() - began_s < most_s:
            if (now := self._rig.ledger["uniq"]) != last:
                last, still_since_s = now, time.monotonic()
            if time.monotonic() - still_since_s >= quiet_s:
                break
            time.sleep(0.2)
        return round(time.monotonic() - began_s, 1)
