"""Run a simulated plant, with no hardware and no server, and say where to look. Ctrl+C stops everything."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import socket
import sys
from pathlib import Path

import flowengine
from flowengine.cli.children import Child, Children
from flowengine.flow.files import SUFFIXES

EXAMPLES = """examples:
  flowengine demo
  flowengine demo --listen 127.0.0.1:9000 --faults rough
  INFLUX_URL=http://127.0.0.1:8086 flowengine demo     points go to InfluxDB instead of SQLite
  flowengine demo --ledger                             also write down everything the devices send

exit status: 0 stopped in order, 1 something could not be started or ended by itself, 2 there is no such demo"""
START_S = 30.0
RUNNING = "flows run"
"""What the engine says when it is ready."""
PREFERRED_PORTS = {"http": 8880, "mqtt": 18834}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    parser.add_argument("name", nargs="?", default="plant", metavar="NAME", help="which demo (%(default)s)")
    parser.add_argument("--listen", metavar="HOST:PORT", help="where the HTTP server listens (a free port near 8880)")
    parser.add_argument("--data", type=Path, default=Path(".flowengine/demo"), metavar="DIR", help="%(default)s")
    parser.add_argument("--devices", type=int, default=20, metavar="N", help="MQTT devices (%(default)s)")
    parser.add_argument("--faults", default="default", metavar="NAME", help="none, default or rough")
    parser.add_argument("--seed", type=int, default=1, help="of everything random (%(default)s)")
    parser.add_argument("--ledger", action="store_true", help="write gateway.jsonl and fleet.jsonl into the folder")
    parser.add_argument("--seconds", type=float, metavar="S", help="stop after so long")


def run(options: argparse.Namespace) -> int:
    """Run until stopped."""
    flow = next((file for file in demos() if file.stem == options.name), None)
    if flow is None:
        print(f"flowengine: no demo {options.name!r}; there are {', '.join(file.stem for file in demos())}")
        return 2
    return asyncio.run(_run(options, flow))


def demos() -> list[Path]:
    """The demo flows: of the installed package, or of the checkout."""
    package = Path(flowengine.__file__).parent
    folders = (package / "demo_flows", package.parent / "flows")
    folder = next((folder for folder in folders if folder.is_dir()), folders[0])
    return sorted(file for file in folder.glob("*") if file.suffix in SUFFIXES and ".test" not in file.suffixes)


async def _run(options: argparse.Namespace, flow: Path) -> int:
    data = options.data.absolute()
    data.mkdir(parents=True, exist_ok=True)
    listen = options.listen or f"127.0.0.1:{free_port(PREFERRED_PORTS['http'])}"
    mqtt = f"mqtt://127.0.0.1:{free_port(PREFERRED_PORTS['mqtt'])}"
    tty = data / "ttyESP-GW"
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with Children(data / "demo.log") as children:
        await children.start(gateway_of(options, tty, data))
        await children.start(engine_of(flow, listen, data, {"MQTT_URL": mqtt, "GATEWAY_PORT": str(tty)}))
        said = await children.until_said(RUNNING, START_S, stopping)
        if not said:
            return 0 if stopping.is_set() else _failed(children, data)
        await children.start(fleet_of(options, mqtt, data))
        print(where_to_look(first_page(said) or f"http://{listen}/", listen, mqtt, data), flush=True)
        await children.until_one_ends(stopping, options.seconds)
        return _failed(children, data) if children.ended else 0


def gateway_of(options: argparse.Namespace, tty: Path, data: Path) -> Child:
    """The simulated serial gateway; its devices report five times as often as real ones."""
    command = ["simulate", "gateway", "--link", str(tty), "--pace", "5", *_simulated(options, data / "gateway.jsonl")]
    return Child("gateway", command)


def fleet_of(options: argparse.Namespace, mqtt: str, data: Path) -> Child:
    """The simulated MQTT devices."""
    more = ["--devices", str(options.devices), "--period", "2", *_simulated(options, data / "fleet.jsonl")]
    return Child("fleet", ["simulate", "fleet", "--url", mqtt, *more])


def engine_of(flow: Path, listen: str, data: Path, environment: dict[str, str]) -> Child:
    """The engine, as `flowengine run` runs it."""
    stores = ["--set", "sqlite_off=true", "--set", "influx_off=false"] if os.environ.get("INFLUX_URL") else []
    command = ["run", str(flow), "--listen", listen, "--data", str(data), "--log-level", "warning", *stores]
    return Child("engine", command, environment)


def first_page(said: str) -> str:
    """Where the engine wants its first password set; empty when it has one."""
    found = re.search(r"http://\S+/setup#\S+", said)
    return found[0] if found else ""


def where_to_look(web: str, listen: str, mqtt: str, data: Path) -> str:
    """What a newcomer wants to open."""
    history = data / "connections" / "history.db"
    store = os.environ.get("INFLUX_URL") or f"{history} (SQLite, table readings)"
    rows = {
        "web": web,
        "live values": f"ws://{listen}/live (WebSocket)",
        "rates": f"flowengine top --url http://{listen}",
        "metrics": f"http://{listen}/metrics",
        "history": store,
        "MQTT": f"{mqtt}, topics plant/#; alarms on plant/DEVICE/alarm",
        "log": str(data / "demo.log"),
    }
    lines = "\n".join(f"  {name:<12} {where}" for name, where in rows.items())
    return f"The demo plant runs. Look here:\n{lines}\nCtrl+C stops everything."


def free_port(preferred: int) -> int:
    """`preferred` when nobody listens there, else any port that is free."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no port is free")


def _simulated(options: argparse.Namespace, ledger: Path) -> list[str]:
    common = ["--seed", str(options.seed), "--faults", options.faults]
    return [*common, "--ledger", str(ledger)] if options.ledger else common


def _failed(children: Children, data: Path) -> int:
    what = f"{children.ended} ended by itself" if children.ended else "the engine did not start in time"
    print(f"flowengine: {what}; see {data / 'demo.log'}", file=sys.stderr)
    return 1
