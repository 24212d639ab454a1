"""Points of Modbus devices: where they lie, how their registers are read and written. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from nodes.codecs.modbus import pdu
from nodes.codecs.modbus import values as codec
from nodes.polling.blocks import Block, Span
from nodes.polling.points import Point

HIGHEST_ADDRESS = 0xFFFF
PROFILES = Path(__file__).parents[1] / "profiles"
"""Points of devices that are often met, a file for each."""

BIT_TABLES = ("coil", "discrete")


class ModbusPoint(Point):
    """A value in the registers or bits of a Modbus device."""

    address: int = Field(ge=0, le=HIGHEST_ADDRESS)
    """Where it begins, counted from 0: the register that manuals call 40001 is 0 of table `holding`."""

    table: pdu.Table = "holding"
    """Which of the four tables: holding registers, input registers, coils or discrete inputs."""

    type: codec.Type | None = None
    """How its registers are read; by default `u16`, and `bool` in a table of bits."""

    swap: codec.Swap = "none"
    """Devices that send the low register first want `word`, those that send the low byte first `byte`, some `both`."""

    bit: int = Field(default=0, ge=0, le=15)
    """With `type: bit`: which bit of the register, 0 the lowest."""

    length: int = Field(default=8, ge=1, le=pdu.MOST_REGISTERS)
    """With `type: text`: how many registers, of two letters each."""

    no_value: int | None = None
    """Raw number by which the device says that it has no value; it is then bad, not taken for one."""

    @property
    def kind(self) -> codec.Type:
        """The type, also where none is written."""
        return self.type or ("bool" if self.table in BIT_TABLES else "u16")

    @property
    def count(self) -> int:
        """How many registers or bits it takes."""
        return codec.registers_of(self.kind, self.length)


def faults_of(points: Sequence[ModbusPoint]) -> list[tuple[str, str]]:
    """What is wrong within and across points, as (option, fault)."""
    faults = []
    for row, point in enumerate(points):
        if point.table in BIT_TABLES and point.kind != "bool":
            faults.append((f"points.{row}.type", f"a {point.table} is a bool, no {point.kind}"))
        if point.kind in ("bool", "bit", "text") and point.is_scaled:
            faults.append((f"points.{row}.scale", f"a {point.kind} has no scale"))
        if point.address + point.count - 1 > HIGHEST_ADDRESS:
            faults.append((f"points.{row}.address", f"ends behind the last address, {HIGHEST_ADDRESS}"))
    return faults


def span(point: ModbusPoint, place: int) -> Span:
    """Where the point lies, for `blocks`."""
    return Span(point.table, point.address, point.count, place)


def read(point: ModbusPoint, block: Block, start: int, data: bytes) -> Any:
    """The point's value in what a block brought; `start` is the point's first address. Raises ValueError."""
    offset = start - block.start
    if point.table in BIT_TABLES:
        return pdu.bit_at(data, offset)
    registers = data[offset * 2 : (offset + point.count) * 2]
    kind = point.kind
    if kind == "text":
        return codec.read_text(registers, point.swap)
    if kind in ("bool", "bit"):
        number = codec.read_number(registers, "u16", point.swap)
        return bool(number) if kind == "bool" else bool(int(number) >> point.bit & 1)
    number = codec.read_number(registers, kind, point.swap)
    if number == point.no_value:
        raise ValueError("the device has no value")
    return point.value_of(number)


def written(point: ModbusPoint, value: Any) -> bytes:
    """The registers (or one packed bit) that hold `value`. Raises ValueError where it cannot."""
    kind = point.kind
    if kind == "text":
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is no text")
        return codec.write_text(value, point.length, point.swap)
    if kind == "bool":
        if not isinstance(value, bool) and value not in (0, 1):
            raise ValueError(f"{value!r} is neither true nor false")
        on = bool(value)
        return pdu.pack_bits([on]) if point.table in BIT_TABLES else codec.write_number(on, "u16", point.swap)
    if kind == "bit":
        raise ValueError("a single bit of a register cannot be written without changing the others")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is no number")
    return codec.write_number(point.raw_of(value), kind, point.swap)


def write_request(point: ModbusPoint, data: bytes, single: bool) -> bytes:
    """The request that writes `data` of `written`; with `single` by functions 5 and 6 where one is enough."""
    if point.table in BIT_TABLES:
        on = pdu.bit_at(data, 0)
        return pdu.write_coil_request(point.address, on) if single else pdu.write_coils_request(point.address, [on])
    return pdu.write_registers_request(point.address, data, several=not (single and len(data) == 2))
