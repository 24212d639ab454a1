"""What field protocols cost: CPU of the engine per value and time to the first, against simulators in other processes.

Run: `python -m bench.micro_field [seconds] [modbus] [opcua] [nodered]`. The simulators' CPU is theirs and not counted;
`nodered` has Node-RED do the same against the same simulator, one after the other.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.queues import Queue
from pathlib import Path
from random import Random
from typing import Any

from bench import field_nodered
from flowengine.catalog import installed
from flowengine.engine import Engine, Settings
from nodes.simulator.faults import Switches
from nodes.simulator.ledger import Ledger

UNITS, REGISTERS = 100, 100
NUMBERS = 2_000
WARM_S = 3.0
Ports = Queue


def serve_modbus(ports: Ports) -> None:
    """100 units with 100 registers each, behind one socket."""
    from nodes.simulator.modbus_device import ModbusDevice
    from nodes.simulator.modbus_server import ModbusServer

    async def serve() -> None:
        devices = {unit: ModbusDevice() for unit in range(1, UNITS + 1)}
        for device in devices.values():
            device.tables["holding"].update({address: address for address in range(REGISTERS)})
        server = ModbusServer(
            devices, Switches({}, Random(1)), Ledger(lambda line: None, time.monotonic), time.monotonic
        )
        ports.put(await server.listen("127.0.0.1", 0))
        await asyncio.Event().wait()

    asyncio.run(serve())


def serve_opcua(ports: Ports) -> None:
    """2,000 numbers that change 2,200 times a second: about two thirds of what the simulator can write on a core."""
    from nodes.simulator import opcua_machine
    from tests.servers.ports import next_free_port

    opcua_machine.UPDATE_S = 0.9
    port, begun_s = next_free_port(), time.monotonic()
    now_s = lambda: time.monotonic() - begun_s  # noqa: E731
    machine = opcua_machine.Machine(1, NUMBERS, Switches({}, Random(1)), Ledger(lambda line: None, now_s), now_s)
    asyncio.run(machine.serve(f"opc.tcp://127.0.0.1:{port}/machine", lambda: ports.put(port)))


def modbus_flow(port: int) -> str:
    """All registers of all units, every second."""
    points = ", ".join(f"{{name: p{n}, address: {n}}}" for n in range(REGISTERS))
    nodes = "".join(
        f"  in{unit}: {{type: modbus_in, connection: bus, unit: {unit}, every: 1s, points: [{points}], to: latest}}\n"
        for unit in range(1, UNITS + 1)
    )
    bus = f"{{type: modbus, url: 'tcp://127.0.0.1:{port}'}}"
    return (
        f"flow: f\nconnections:\n  bus: {bus}\nnodes:\n{nodes}  latest: {{type: rtdb_write, key: 'bus/{{unit_id}}'}}\n"
    )


def opcua_flow(port: int) -> str:
    """All numbers, as they change."""
    points = ", ".join(f"{{name: p{n}, address: 'ns=2;s=Numbers.{n}'}}" for n in range(NUMBERS))
    machine = f"{{type: opcua, url: 'opc.tcp://127.0.0.1:{port}/machine', timeout: 20s}}"
    return (
        f"flow: f\nconnections:\n  m: {machine}\nnodes:\n"
        f"  in: {{type: opcua_in, connection: m, every: 1s, points: [{points}], to: latest}}\n"
        "  latest: {type: rtdb_write, key: machine}\n"
    )


async def measure(flow: str, values: Callable[[Engine], int], seconds: float) -> tuple[float, float, float]:
    """Share of a core, values a second, and seconds from the start of the flow to the first value."""
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Settings(Path(folder)), installed())
        loaded = engine.load(flow, "f.yaml")
        assert loaded.ok, [str(problem) for problem in loaded.problems]
        begun_s = time.monotonic()
        await engine.deploy(loaded)
        while not values(engine):  # noqa: ASYNC110  # a count has no event
            await asyncio.sleep(0.01)
        first_s = time.monotonic() - begun_s
        await asyncio.sleep(WARM_S)
        count, cpu_s, at_s = values(engine), time.process_time(), time.monotonic()
        await asyncio.sleep(seconds)
        count, cpu_s, at_s = values(engine) - count, time.process_time() - cpu_s, time.monotonic() - at_s
        await engine.stop(0.2)
    return cpu_s / at_s, count / at_s, first_s


def modbus_values(engine: Engine) -> int:
    """Registers that came."""
    schedule = engine.flows["f"].connections["bus"].bus.schedule  # type: ignore[attr-defined]
    return sum(unit.counted["answers"] for unit in schedule.units.values()) * REGISTERS


def opcua_values(engine: Engine) -> int:
    """Values that came."""
    session = engine.flows["f"].connections["m"].session  # type: ignore[attr-defined]
    return sum(watch.readings for watch in session.attached)


CASES: dict[str, tuple[Callable[[Ports], None], Callable[[int], str], Callable[[Engine], int]]] = {
    "modbus": (serve_modbus, modbus_flow, modbus_values),
    "opcua": (serve_opcua, opcua_flow, opcua_values),
}
NODE_RED: dict[str, Callable[[int], list[dict[str, Any]]]] = {
    "modbus": lambda port: field_nodered.modbus(port, UNITS, REGISTERS),
    "opcua": lambda port: field_nodered.opcua(port, NUMBERS),
}


def main() -> None:
    """Measure and print a row for each."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    spawn = multiprocessing.get_context("spawn")
    print("| case | share of a core | values/s | us of CPU per value | first value |\n|---|---|---|---|---|")
    wanted = sys.argv[2:]
    for name in [each for each in wanted if each in CASES] or CASES:
        serve, flow, values = CASES[name]
        ports: Ports = spawn.Queue()
        server = spawn.Process(target=serve, args=(ports,), daemon=True)
        server.start()
        port = ports.get(timeout=120)
        _tell(name, *asyncio.run(measure(flow(port), values, seconds)))
        if "nodered" in wanted:
            _tell(f"{name}, Node-RED", *asyncio.run(field_nodered.measure(NODE_RED[name](port), WARM_S, seconds)))
        server.terminate()
        server.join()


def _tell(name: str, share: float, rate: float, first_s: float) -> None:
    print(f"| {name} | {share:.0%} | {rate:,.0f} | {share / max(rate, 1) * 1e6:.1f} | {first_s:.1f} s |", flush=True)


if __name__ == "__main__":
    main()
