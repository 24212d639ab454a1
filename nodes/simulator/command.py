"""Simulate devices: a gateway on a pseudo terminal, a fleet of MQTT devices, a plant's, or some of your own."""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flowengine.counts import count_of
from nodes.simulator import field_kinds, fleet_faults, gateway_faults, modbus_faults, opcua_faults, s7_faults
from nodes.simulator.agenda import Agenda
from nodes.simulator.families import FAMILIES
from nodes.simulator.faults import BadFaults, Fault, Switches, read_fault, read_faults
from nodes.simulator.ledger import Ledger
from nodes.simulator.own import Make, Simulator, load
from nodes.simulator.perform import perform

HELP = "simulate a serial gateway, MQTT devices, Modbus meters, an OPC UA machine, an S7 controller, or your own"
EXAMPLES = """examples:
  flowengine simulate gateway --link /tmp/ttyESP-GW --devices 8 --seed 7 --ledger ledger.jsonl
  flowengine simulate gateway --faults none --fault bit_flip=0.001 --fault unplug=every:60
  flowengine simulate fleet --url mqtt://127.0.0.1:1883 --devices 50 --families plain,tasmota
  flowengine simulate modbus --listen 127.0.0.1:5020 --devices 3 --fault silent=0.01
  flowengine simulate opcua --listen 127.0.0.1:4840 --devices 2000
  flowengine simulate s7 --listen 127.0.0.1:1102 --faults rough
  flowengine simulate own examples/m5stack_huskylens/classroom --http http://127.0.0.1:8880 --devices 20
  flowengine simulate gateway --list-faults

A file of faults is JSON: {"bit_flip": 0.001, "unplug": {"every_s": 300}, "clock_jump": {"at_s": [60]}}
The broker's password comes from the environment, MQTT_PASSWORD.
exit status: 0 stopped or done, 2 wrong call, 1 the port or the ledger cannot be made"""
TELL_EVERY_S = 10.0
_TABLES = {
    "gateway": gateway_faults, "fleet": fleet_faults, "modbus": modbus_faults, "opcua": opcua_faults, "s7": s7_faults,
}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    kinds = parser.add_subparsers(dest="kind", metavar="gateway|fleet|modbus|opcua|s7|own", required=True)
    gateway = kinds.add_parser("gateway", help="a serial gateway on a pseudo terminal")
    gateway.add_argument("--link", type=Path, default=Path("/tmp/ttyESP-GW"), help="where the port is (%(default)s)")  # noqa: S108
    gateway.add_argument("--pace", type=float, default=1.0, metavar="FACTOR", help="report so many times as often")
    _add_shared(gateway, devices=8)
    fleet = kinds.add_parser("fleet", help="a fleet of MQTT devices")
    fleet.add_argument("--url", default="mqtt://127.0.0.1:1883", help="the broker (%(default)s)")
    fleet.add_argument("--username", help="at the broker")
    fleet.add_argument("--period", type=float, default=5.0, metavar="SECONDS", help="time between two reports")
    fleet.add_argument("--families", default="plain", help=f"makes of devices: {','.join(FAMILIES)} (%(default)s)")
    _add_shared(fleet, devices=50)
    field_kinds.add_kinds(kinds, _add_shared)
    own = kinds.add_parser("own", help="devices of your own, by the simulator.py of a folder")
    own.add_argument("folder", type=Path, help="where it is")
    own.add_argument("arguments", nargs=argparse.REMAINDER, metavar="…", help="what it takes: FOLDER --help says it")


def _add_shared(parser: argparse.ArgumentParser, devices: int) -> None:
    parser.add_argument("--devices", type=int, default=devices, metavar="N", help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of everything random (%(default)s)")
    parser.add_argument("--faults", default="default", metavar="NAME|FILE", help="none, default, rough, or a JSON file")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME=VALUE", help="switch one more fault")
    parser.add_argument("--ledger", type=Path, metavar="FILE", help="write what was sent as JSON lines")
    parser.add_argument("--seconds", type=float, metavar="S", help="stop after so long")
    parser.add_argument("--list-faults", action="store_true", help="print the faults and stop")


def run(options: argparse.Namespace) -> int:
    """Simulate until stopped."""
    try:
        options, simulator = _of_a_folder(options) if options.kind == "own" else (options, None)
        table = simulator or _TABLES[options.kind]
        makes = {
            "gateway": _gateway, "fleet": _fleet, "modbus": field_kinds.modbus, "opcua": field_kinds.opcua,
            "s7": field_kinds.s7,
        }  # fmt: skip
        if options.list_faults:
            print("\n".join(f"{name:<18} {what}" for name, what in table.KNOWN.items()))
            return 0
        faults = {
            **read_faults(options.faults, table.KNOWN, table.PRESETS),
            **dict(read_fault(text, table.KNOWN) for text in options.fault),
        }
        make = simulator.make if simulator else makes[options.kind]
        return _simulate(options, faults, make(options))
    except (BadFaults, ValueError) as fault:
        print(f"flowengine simulate: {fault}", file=sys.stderr)
        return 2
    except OSError as fault:
        print(f"flowengine simulate: {fault}", file=sys.stderr)
        return 1


def _of_a_folder(options: argparse.Namespace) -> tuple[argparse.Namespace, Simulator]:
    """What the folder's own parser makes of the rest of the line, and its simulator."""
    simulator = load(options.folder)
    parser = argparse.ArgumentParser(prog=f"flowengine simulate own {options.folder}")
    simulator.add_arguments(parser)
    _add_shared(parser, simulator.DEVICES)
    return parser.parse_args(options.arguments), simulator


def _simulate(options: argparse.Namespace, faults: Mapping[str, Fault], make: Make) -> int:
    agenda = Agenda()
    switches = Switches(faults, random.Random(options.seed))
    with ExitStack() as stack:
        write: Callable[[bytes], object] = lambda line: None  # noqa: E731
        if options.ledger:
            write = stack.enter_context(options.ledger.open("wb")).write
        asyncio.run(_until_stopped(make(agenda, switches, Ledger(write, lambda: agenda.now_s))))
    return 0


async def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


def _gateway(options: argparse.Namespace) -> Make:
    from nodes.simulator.gateway import Gateway, GatewayPlan
    from nodes.simulator.pty_port import PtyPort

    plan = GatewayPlan(datetime.now(UTC), _positive(options.devices), options.seed, _positive(options.pace))

    async def simulate(agenda: Agenda, switches: Switches, ledger: Ledger) -> None:
        port = PtyPort(options.link)
        gateway = Gateway(plan, agenda, port, switches, ledger)
        print(f"a gateway with {count_of(plan.devices, 'device')} is at {options.link}", flush=True)
        try:
            await perform(agenda, options.seconds)
        finally:
            gateway.close()
            port.unplug()

    return simulate


def _fleet(options: argparse.Namespace) -> Make:
    import os

    from nodes.simulator.fleet import Fleet, FleetPlan
    from nodes.simulator.fleet_links import FleetLinks

    families = options.families.split(",")
    if unknown := [name for name in families if name not in FAMILIES]:
        raise ValueError(f"there is no family {unknown[0]!r}; use {', '.join(FAMILIES)}")
    period_s = _positive(options.period)
    plan = FleetPlan(datetime.now(UTC), _positive(options.devices), options.seed, period_s, families)

    async def simulate(agenda: Agenda, switches: Switches, ledger: Ledger) -> None:
        links = FleetLinks(options.url, options.username, os.environ.get("MQTT_PASSWORD"))
        fleet = Fleet(plan, agenda, links, switches, ledger)
        links.acknowledged, links.lost, links.commanded = fleet.acknowledged, fleet.lost, fleet.commanded
        print(f"{count_of(plan.devices, 'device publishes', 'devices publish')} to {options.url}", flush=True)
        agenda.every(lambda: TELL_EVERY_S, lambda: _tell(links.trouble), first_s=2.0)
        with closing(fleet):
            async with links:
                await perform(agenda, options.seconds)

    return simulate


def _tell(trouble: str) -> None:
    if trouble:
        print(f"flowengine simulate: {trouble}", file=sys.stderr, flush=True)


def _positive(value: Any) -> Any:
    if value <= 0:
        raise ValueError(f"{value} must be more than 0")
    return value
