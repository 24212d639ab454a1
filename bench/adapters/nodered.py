"""Node-RED as an engine under test, installed by `bench.toolbox`. Its flows are in `nodered_flows`."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

from bench.adapters.nodered_flows import flows
from bench.rig import Rig
from bench.toolbox import node_red

SETTINGS = """
module.exports = {
  uiPort: %(port)d, uiHost: "127.0.0.1", flowFile: "flows.json", credentialSecret: false,
  userDir: %(folder)s, nodesDir: [], logging: {console: {level: "warn", metrics: false, audit: false}},
  telemetry: {enabled: false, updateNotification: false}, diagnostics: {enabled: false},
  editorTheme: {tours: false}, exportGlobalContextKeys: false,
  contextStorage: {default: {module: "memory"}},
  functionGlobalContext: {%(globals)s},
};
"""
FRAME_TOOLS = """
cobs: require('cobs'), mp: require('@msgpack/msgpack'), mpr: require('msgpackr'),
crctab: (() => {
  const t = new Uint16Array(256);
  for (let i = 0; i < 256; i++) {
    let c = i << 8;
    for (let j = 0; j < 8; j++) c = (c & 0x8000 ? (c << 1) ^ 0x1021 : c << 1) & 0xffff;
    t[i] = c;
  }
  return t;
})()
"""


class Engine:
    """Starts Node-RED with a folder of its own, as it comes, with the nodes for InfluxDB and serial ports."""

    def prepare(self, rig: Rig, scenario: str, params: dict[str, Any]) -> tuple[list[str], dict[str, str], Path]:
        """Command line, environment and folder, which then holds settings and flows."""
        installed = node_red()
        self._rig = rig
        self._folder = folder = rig.dir / "nodered"
        folder.mkdir(exist_ok=True)
        modules = folder / "node_modules"
        if not modules.is_symlink():
            modules.symlink_to(installed.home.absolute() / "node_modules")
        wanted = {"node-red-contrib-influxdb": "*", "node-red-node-serialport": "*"}
        _write(folder / "package.json", {"name": "bench", "version": "0.0.1", "dependencies": wanted})
        tools = FRAME_TOOLS if scenario.startswith("f4") else ""
        settings = {"port": rig.http_port, "folder": json.dumps(str(folder)), "globals": tools}
        (folder / "settings.js").write_text(SETTINGS % settings)
        _write(folder / "flows.json", flows(scenario, rig, params))
        _write(folder / "flows_cred.json", {"tsdb": {"token": "t"}})
        program = installed.home / "node_modules/node-red/red.js"
        argv = [str(installed.node), str(program), "-s", str(folder / "settings.js"), "-u", str(folder)]
        return argv, {"NO_UPDATE_NOTIFIER": "1", "NODE_NO_WARNINGS": "1"}, folder

    def redeploy(self, kind: str) -> float:
        """Seconds of a deploy by its API: `full` restarts every node, `nodes` the one that changed."""
        changed = json.loads((self._folder / "flows.json").read_text())
        next(node for node in changed if node["type"] == "function")["func"] += "\n// again"
        headers = {
            "Content-Type": "application/json",
            "Node-RED-Deployment-Type": kind,
            "Node-RED-API-Version": "v1",
        }
        url = f"http://127.0.0.1:{self._rig.http_port}/flows"
        began_s = time.monotonic()
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(changed).encode(), headers), timeout=30):
            return time.monotonic() - began_s


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1))
