"""flowengine as an engine under test: the flow of each scenario is a file in bench/flows, run by `flowengine run`."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

from bench.rig import Rig, wait_for
from bench.toolbox import HERE

FLOWS = HERE / "flows"
PLUGIN = HERE / "plugin"


class Engine:
    """Starts `flowengine run` with its own data folder, as a user would, without editor."""

    scale = 4
    """So many times the messages of a slower engine, so that the CPU clock's ticks of 10 ms do not count."""

    def source(self) -> Path | None:
        """Where the packages lie that run; None for those that are installed."""
        return None

    def prepare(self, rig: Rig, scenario: str, params: dict[str, Any]) -> tuple[list[str], dict[str, str], Path]:
        """Command line, environment and folder. The flow file is copied, so that a redeploy can change it."""
        self._rig = rig
        self._flow = rig.dir / f"{scenario}.yaml"
        if not self._flow.exists():
            self._flow.write_text(_text(scenario, params))
        path = [str(self.source() or ""), str(PLUGIN), os.environ.get("PYTHONPATH", "")]
        env = {
            "MQTT_URL": f"mqtt://127.0.0.1:{rig.mqtt_port}",
            "INFLUX_URL": f"http://127.0.0.1:{rig.sink_port}",
            "TTY": rig.pty,
            "QOS": str(params.get("qos", 0)),
            "CLEAN": "false" if params.get("persistent") else "true",
            "EXPIRY": "1h" if params.get("persistent") else "0s",
            "BATCH_N": str(params.get("batch_n", 100)),
            "BATCH": f"{params.get('batch_s', 5)}s",
            "FOR": f"{params.get('for_ms', 1000)}ms",
            "COUNT": str(params.get("count", 0)),
            "CHUNK": str(params.get("chunk", 100)),
            "PYTHONPATH": os.pathsep.join(filter(None, path)),
            **params.get("env", {}),
        }
        program = Path(sys.executable).with_name("flowengine")
        listen = f"127.0.0.1:{rig.http_port}"
        options = ["--listen", listen, "--no-editor", "--log-level", "warning", "--data", str(rig.dir / "data")]
        return [*params.get("under", []), str(program), "run", *options, str(self._flow)], env, rig.dir

    def redeploy(self, kind: str) -> float:
        """Seconds from SIGHUP until the engine tells its plan: `full` changes the connection, `nodes` one node."""
        self._deploys = getattr(self, "_deploys", 0) + 1
        changes = {"full": ("client_id: bench", "\n    keepalive: {}s"), "nodes": ("type: normalise", ", age: {}d")}
        old, added = changes[kind]
        text = re.sub(r"\n    keepalive: \d+s|, age: \d+d", "", self._flow.read_text())
        self._flow.write_text(text.replace(old, old + added.format(7000 + self._deploys)))
        said = len(self._rig.log("engine", 10**9))
        began_s = time.monotonic()
        os.kill(self._rig.processes["engine"].pid, signal.SIGHUP)
        wait_for(lambda: len(self._rig.log("engine", 10**9)) > said, 30, 0.002)
        return time.monotonic() - began_s


def _text(scenario: str, params: dict[str, Any]) -> str:
    if scenario == "f2":
        return _chain((FLOWS / "f2.yaml").read_text(), params["k"])
    if scenario == "f6":
        kind = params.get("node_kind", "change")
        file = "f6.yaml" if kind in ("change", "function") else f"f6_{kind}.yaml"
        return _chain((FLOWS / file).read_text(), params.get("k", 5))
    if scenario == "f1" and params.get("spool"):
        scenario = "f1_spool"
    return (FLOWS / f"{scenario}.yaml").read_text()


def _chain(text: str, k: int) -> str:
    """The file with its one step repeated k times; step n sets x to n."""
    head, step, tail = text.split("  # step\n")
    steps = "".join(
        step.replace("step_0", f"step_{n}")
        .replace("meta.x: 0", f"meta.x: {n}")
        .replace("to: end", f"to: step_{n + 1}" if n + 1 < k else "to: end")
        for n in range(k)
    )
    return head + steps + tail
