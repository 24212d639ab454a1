"""A bus of simulated energy meters that can be written to, on TCP or a pseudo terminal. Never here: protocol."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nodes.simulator.agenda import Agenda
from nodes.simulator.faults import Switches
from nodes.simulator.ledger import Ledger
from nodes.simulator.modbus_device import Meter, ModbusDevice
from nodes.simulator.modbus_server import ModbusServer, RtuEar
from nodes.simulator.pty_port import PtyPort

UPDATE_S = 0.5
LOOK_S = 0.002


def meters(count: int, seed: int, agenda: Agenda, switches: Switches, ledger: Ledger) -> ModbusServer:
    """A bus with units 1 to `count`, whose values follow the agenda; each write is entered into the ledger."""
    made = {unit: Meter(seed * 1000 + unit, ModbusDevice(_entered(ledger, unit))) for unit in range(1, count + 1)}

    def update() -> None:
        for meter in made.values():
            meter.update(agenda.now_s)

    agenda.every(lambda: UPDATE_S, update)
    return ModbusServer({unit: meter.device for unit, meter in made.items()}, switches, ledger, lambda: agenda.now_s)


def listen_on(link: Path, server: ModbusServer, agenda: Agenda) -> PtyPort:
    """Serve the bus at a pseudo terminal behind `link`."""
    port = PtyPort(link)
    ear = RtuEar(server, port.write)

    def look() -> None:
        if data := port.read():
            ear.feed(data)

    agenda.every(lambda: LOOK_S, look)
    return port


def _entered(ledger: Ledger, unit: int) -> Callable[[str, int, int], None]:
    return lambda table, address, value: ledger.enter("write", unit=unit, table=table, address=address, value=value)
