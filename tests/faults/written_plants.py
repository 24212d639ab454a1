"""Plants that are written to while the engine is killed: what reached them, by each protocol. Judges nothing."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.modbus import ModbusPlant
from tests.servers.opcua import OpcUaPlant
from tests.servers.s7 import S7Plant


@dataclass(frozen=True)
class WrittenPlant:
    """`connection`, `node` and `point` are texts of a flow; the point is called `sp` and takes whole numbers."""

    connection: str
    node: str
    point: str
    reached: Callable[[], list[int]]
    """The values that were written, in order."""

    slow: Callable[[float], None]
    """Answer so much later, in seconds, from now on."""


@asynccontextmanager
async def modbus(folder: Path) -> AsyncIterator[WrittenPlant]:
    """A unit on a bus."""
    plant = ModbusPlant({1: 40})
    await plant.start()
    try:
        yield WrittenPlant(
            f'{{type: modbus, url: "{plant.url}", timeout: 500ms}}', "modbus_out", "address: 20",
            lambda: [value for _, _, _, value in plant.writes],
            lambda delay_s: plant.server.delay_s.update({1: delay_s}),
        )  # fmt: skip
    finally:
        await plant.stop()


@asynccontextmanager
async def s7(folder: Path) -> AsyncIterator[WrittenPlant]:
    """A controller with a DINT."""
    plant = S7Plant()
    plant.start()
    try:
        yield WrittenPlant(
            f"{{type: s7, host: 127.0.0.1, port: {plant.port}, timeout: 500ms}}", "s7_out",
            "address: DB10.DBD40, type: i32",
            lambda: [struct.unpack(">i", data)[0] for _, _, data in plant.writes],
            lambda delay_s: setattr(plant.plc, "delay_s", delay_s),
        )  # fmt: skip
    finally:
        plant.stop()


@asynccontextmanager
async def opcua(folder: Path) -> AsyncIterator[WrittenPlant]:
    """A server with an Int16; it always answers at once."""
    plant = OpcUaPlant(folder, many=0)
    plant.start()
    try:
        yield WrittenPlant(
            f'{{type: opcua, url: "{plant.url}", timeout: 2s}}', "opcua_out", 'address: "ns=2;s=n"',
            lambda: [int(value) for _, value in plant.writes], lambda delay_s: None,
        )  # fmt: skip
    finally:
        plant.stop()


PLANTS: dict[str, Callable[[Path], AbstractAsyncContextManager[WrittenPlant]]] = {
    "modbus": modbus, "s7": s7, "opcua": opcua
}  # fmt: skip
