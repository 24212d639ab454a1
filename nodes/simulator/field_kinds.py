"""`flowengine simulate modbus`, `opcua` and `s7`: what each takes and runs. Never here: what devices know."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from flowengine.counts import count_of
from flowengine.ending import end
from nodes.clients.extras import OPCUA, S7, Extra
from nodes.clients.sockets import split_address
from nodes.simulator.agenda import Agenda
from nodes.simulator.faults import Switches
from nodes.simulator.ledger import Ledger
from nodes.simulator.own import Make
from nodes.simulator.perform import perform

AddShared = Callable[[argparse.ArgumentParser, int], None]
UPDATE_S = 0.5


def add_kinds(kinds: Any, add_shared: AddShared) -> None:
    """Declare the three."""
    modbus = kinds.add_parser("modbus", help="energy meters on a Modbus bus; units 1, 2, 3 and so on")
    modbus.add_argument("--listen", default="127.0.0.1:5020", metavar="ADDRESS", help="Modbus TCP here (%(default)s)")
    modbus.add_argument("--link", type=Path, metavar="PATH", help="Modbus RTU on a pseudo terminal there instead")
    add_shared(modbus, 3)
    opcua = kinds.add_parser("opcua", help="a machine with an OPC UA server; --devices is for more numbers in it")
    opcua.add_argument("--listen", default="127.0.0.1:4840", metavar="ADDRESS", help="OPC UA here (%(default)s)")
    add_shared(opcua, 0)
    s7 = kinds.add_parser("s7", help="an S7 controller with a press in DB10")
    s7.add_argument("--listen", default="127.0.0.1:1102", metavar="ADDRESS", help="S7 here (%(default)s)")
    add_shared(s7, 1)


def modbus(options: argparse.Namespace) -> Make:
    """Energy meters."""
    from nodes.simulator.modbus_device import Meter
    from nodes.simulator.modbus_plant import listen_on, meters

    host, port = split_address(options.listen)
    if options.devices <= 0:
        raise ValueError(f"{options.devices} must be more than 0")

    async def simulate(agenda: Agenda, switches: Switches, ledger: Ledger) -> None:
        server = meters(options.devices, options.seed, agenda, switches, ledger)
        with ExitStack() as stack:
            if options.link is not None:
                stack.callback(listen_on(options.link, server, agenda).unplug)
                where = f"rtu:{options.link}"
            else:
                where = f"tcp://{host}:{await server.listen(host, port)}"
            print(
                f"{count_of(options.devices, 'meter is', 'meters are')} at {where}, each with\n{Meter.POINTS}",
                flush=True,
            )
            try:
                await perform(agenda, options.seconds)
            finally:
                await server.close()

    return simulate


def opcua(options: argparse.Namespace) -> Make:
    """A machine."""
    _needs(OPCUA)
    from nodes.simulator.opcua_machine import POINTS, Machine

    host, port = split_address(options.listen)
    url = f"opc.tcp://{host}:{port}/machine"

    async def simulate(agenda: Agenda, switches: Switches, ledger: Ledger) -> None:
        machine = Machine(options.seed, options.devices, switches, ledger, lambda: agenda.now_s)
        numbers = f", ns=2;s=Numbers.0 to Numbers.{options.devices - 1}" if options.devices else ""
        ready = asyncio.Event()

        async def perform_once_ready() -> None:  # making a server takes seconds on a small machine
            await ready.wait()
            print(f"a machine is at {url}{numbers}, with\n{POINTS}", flush=True)
            await perform(agenda, options.seconds)

        serving = asyncio.create_task(machine.serve(url, ready.set))
        performing = asyncio.create_task(perform_once_ready())
        try:
            await asyncio.wait([serving, performing], return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
        finally:
            await end(serving, performing)

    return simulate


def s7(options: argparse.Namespace) -> Make:
    """A controller."""
    _needs(S7)
    from snap7.error import S7Error

    from nodes.simulator.s7_plc import POINTS, Press, SimulatedPlc

    host, port = split_address(options.listen)

    async def simulate(agenda: Agenda, switches: Switches, ledger: Ledger) -> None:
        plc = SimulatedPlc(switches, ledger, lambda: agenda.now_s)
        press = Press(options.seed, plc.block)
        try:
            plc.start_to(host, port)
        except S7Error as fault:
            raise OSError(str(fault)) from fault
        print(f"a controller is at {host}, port {port}, with\n{POINTS}", flush=True)
        agenda.every(lambda: UPDATE_S, lambda: press.update(agenda.now_s))
        try:
            await perform(agenda, options.seconds)
        finally:
            await asyncio.to_thread(plc.stop)

    return simulate


def _needs(extra: Extra) -> None:
    if extra.fault:
        raise ValueError(extra.fault)
