"""Run a plant or an example with simulated devices, with no hardware and no server. Ctrl+C stops everything."""

from __future__ import annotations

import argparse
import asyncio
import errno
import os
import re
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from flowengine.cli.amounts import DAY_S, number, whole
from flowengine.cli.demo_plan import DemoPlan, Devices, plans
from flowengine.cli.server_binding import refuse
from flowengine.cli.subprocesses import Child, Subprocesses
from flowengine.server import parse_address

EXAMPLES = """examples:
  flowengine demo
  flowengine demo croissance                           one of the examples
  flowengine demo --listen 127.0.0.1:9000 --faults rough
  INFLUX_URL=http://127.0.0.1:8086 flowengine demo     points go to InfluxDB instead of SQLite
  DATABASE_URL=postgresql://me@127.0.0.1/c flowengine demo croissance   PostgreSQL instead of SQLite
  flowengine demo --ledger                             also write down everything the devices send

exit status: 0 stopped in order, 1 something could not be started or ended by itself, 2 there is no such demo"""
START_S = 30.0
RUNNING = "flows run"
"""What the engine says when it is ready."""
TAKEN = os.strerror(errno.EADDRINUSE).lower()
TRIES = 5
PREFERRED_PORTS = {"http": 8880, "mqtt": 18834, "modbus": 5020, "opcua": 4840}


class PortTaken(Exception):
    """Somebody listens where the engine was to listen."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    parser.add_argument("name", nargs="?", default="plant", metavar="NAME", help="which demo (%(default)s)")
    parser.add_argument("--listen", metavar="HOST:PORT", help="where the HTTP server listens (a free port near 8880)")
    parser.add_argument("--data", type=Path, default=Path(".flowengine/demo"), metavar="DIR", help="%(default)s")
    parser.add_argument(
        "--devices", type=whole(1, 10_000), default=20, metavar="N", help="simulated MQTT devices (%(default)s)"
    )
    parser.add_argument("--faults", default="default", choices=("none", "default", "rough"), help="which faults")
    parser.add_argument("--seed", type=whole(0, 2**63), default=1, help="of everything random (%(default)s)")
    parser.add_argument("--ledger", action="store_true", help="write what each simulator sent into the folder")
    parser.add_argument("--seconds", type=number(0, 365 * DAY_S), metavar="S", help="stop after so long")


def run(options: argparse.Namespace) -> int:
    """Run until stopped."""
    known = plans()
    if options.name not in known:
        refuse(f"no demo {options.name!r}; there are {', '.join(known)}")
    try:
        parse_address("127.0.0.1:0" if options.listen is None else options.listen)
        for made in (options.data, Path(f"{options.data.absolute()}-files")):
            made.mkdir(parents=True, exist_ok=True)
    except ValueError as fault:
        refuse(str(fault))
    except OSError as fault:
        refuse(f"cannot use the data folder {options.data}: {fault.strerror}")
    return asyncio.run(_run(options, known[options.name]))


async def _run(options: argparse.Namespace, plan: DemoPlan) -> int:
    data = options.data.absolute()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for which in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(which, stopping.set)
    for _ in range(TRIES):
        try:
            return await _run_once(options, plan, data, stopping)
        except PortTaken:
            continue  # somebody was faster than we between looking and listening
    print(f"flowengine: the ports are taken again and again; see {data / 'demo.log'}", file=sys.stderr)
    return 1


async def _run_once(options: argparse.Namespace, plan: DemoPlan, data: Path, stopping: asyncio.Event) -> int:
    listen = options.listen or f"127.0.0.1:{free_port(PREFERRED_PORTS['http'])}"
    mqtt = f"mqtt://127.0.0.1:{free_port(PREFERRED_PORTS['mqtt'])}"
    words = {
        "mqtt": mqtt,
        "modbus": f"127.0.0.1:{free_port(PREFERRED_PORTS['modbus'])}",
        "opcua": f"127.0.0.1:{free_port(PREFERRED_PORTS['opcua'])}",
        "listen": listen,
        "flows": str(plan.folder),
        "data": str(data),
        "files": f"{data}-files",
        "devices": str(options.devices),
    }
    async with Subprocesses(data / "demo.log") as children:
        for devices in (each for each in plan.devices if each.first):
            await children.start(simulator_of(options, plan, devices, words))
        await children.start(engine_of(plan, words))
        said = await children.until_said(RUNNING, START_S, stopping)
        if stopping.is_set():
            return 0
        if TAKEN in children.output():
            raise PortTaken
        faults = not_deployed(said)
        if faults or not said:
            return _failed(children, data, faults)
        for devices in (each for each in plan.devices if not each.first):
            await children.start(simulator_of(options, plan, devices, words))
        print(where_to_look(plan, beside_its_page(first_page(said) or f"http://{listen}/"), words), flush=True)
        await children.until_one_ends(stopping, options.seconds)
        return _failed(children, data) if children.ended else 0


def simulator_of(options: argparse.Namespace, plan: DemoPlan, devices: Devices, words: Mapping[str, str]) -> Child:
    """One of the simulators, with the options of this command; it knows the secrets that the flows know."""
    common = ["--seed", str(options.seed), "--faults", options.faults]
    ledger = ["--ledger", f"{words['data']}/{devices.name}.jsonl"] if options.ledger else []
    arguments = [argument.format(**words) for argument in devices.arguments]
    return Child(devices.name, ["simulate", *arguments, *common, *ledger], environment_of(plan, words))


def environment_of(plan: DemoPlan, words: Mapping[str, str]) -> Mapping[str, str]:
    """Variables of the demo, filled in."""
    return {name: value.format(**words) for name, value in plan.environment.items()}


def engine_of(plan: DemoPlan, words: Mapping[str, str]) -> Child:
    """The engine, as `flowengine run` runs it."""
    places = [
        "--listen",
        words["listen"],
        "--data",
        words["data"],
        "--allow-files",
        words["files"],
        "--log-level",
        "warning",
    ]
    return Child("engine", ["run", str(plan.folder), *places, *plan.settings(os.environ)], environment_of(plan, words))


def first_page(said: str) -> str:
    """Where the engine wants its first password set; empty when it has one."""
    found = re.search(r"http://\S+/setup#\S+", said)
    return found[0] if found else ""


def beside_its_page(link: str) -> str:
    """The link with what asks the editor for the page of the flow beside it."""
    address, hash, token = link.partition("#")
    return f"{address}?beside=page{hash}{token}"


def not_deployed(said: str) -> str:
    """Which flows the engine could not deploy, each with what is wrong; empty when all run."""
    return "".join(re.findall(r"^.+: not deployed\n(?:  .+\n)*", said, re.MULTILINE))


def where_to_look(plan: DemoPlan, web: str, words: Mapping[str, str]) -> str:
    """What a newcomer wants to open."""
    rows = {
        "web": web,
        **{name: text.format(**words) for name, text in plan.look.items()},
        "rates": f"flowengine top --url http://{words['listen']}",
        "metrics": f"http://{words['listen']}/metrics",
        "log": f"{words['data']}/demo.log",
    }
    lines = "\n".join(f"  {name:<12} {where}" for name, where in rows.items())
    return f"{plan.title} runs. Look here:\n{lines}\nCtrl+C stops everything."


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


def _failed(children: Subprocesses, data: Path, faults: str = "") -> int:
    what = f"{children.ended} ended by itself" if children.ended else "the engine did not start in time"
    if faults:
        what = "the demo is not whole, so it stops"
    print(f"{faults}flowengine: {what}; see {data / 'demo.log'}", file=sys.stderr)
    return 1
