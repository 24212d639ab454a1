"""Points of Siemens S7 controllers: where they lie, how their bytes are read and written. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from flowengine.counts import count_of
from nodes.codecs.s7 import addresses as places
from nodes.codecs.s7 import values as codec
from nodes.polling.blocks import Block, Span
from nodes.polling.points import Point


def _address(text: str) -> str:
    places.address_of(text)
    return text


class S7Point(Point):
    """A value in the memory of a controller."""

    address: Annotated[str, AfterValidator(_address)]
    """Where it lies: `DB10.DBD4`, `DB10.DBX4.0` (a bit), `DB10.DBW0`, `DB10.DBB3`, `MW20`, `I0.1`, `QB2`."""

    type: codec.Type | None = None
    """How its bytes are read; by default `bool` at a bit, `u8`, `u16` or `u32` at B, W or D. INT is `i16`, DINT `i32`,
    REAL `f32`, LREAL `f64`, STRING `text`."""

    length: int = Field(default=254, ge=1, le=254)
    """With `type: text`: the length that the STRING was declared with."""

    @property
    def place(self) -> places.Address:
        """Its address, read."""
        return places.address_of(self.address)

    @property
    def kind(self) -> codec.Type:
        """The type, also where none is written."""
        return self.type or codec.USUAL[self.place.size]

    @property
    def bytes(self) -> int:
        """How many it takes."""
        return codec.bytes_of(self.kind, self.length)


def faults_of(points: Sequence[S7Point]) -> list[tuple[str, str]]:
    """What is wrong within points, as (option, fault)."""
    faults = []
    for row, point in enumerate(points):
        if (point.kind == "bool") != (point.place.size == "X"):
            faults.append((f"points.{row}.type", f"{point.address} is no {point.kind}: a bool has X and its bit"))
        if point.kind in ("bool", "text") and point.is_scaled:
            faults.append((f"points.{row}.scale", f"a {point.kind} has no scale"))
        if point.place.byte + point.bytes - 1 > places.HIGHEST_BYTE:
            faults.append((f"points.{row}.address", f"ends behind the last byte, {places.HIGHEST_BYTE}"))
    return faults


def span(point: S7Point, row: int) -> Span:
    """Where the point lies, for `blocks`."""
    return Span(point.place.area, point.place.byte, point.bytes, row)


def read(point: S7Point, block: Block, start: int, data: bytes) -> Any:
    """The point's value in what a block brought; `start` is the point's first byte. Raises ValueError."""
    at = start - block.start
    value = codec.read(data[at : at + point.bytes], point.kind, point.place.bit)
    return point.value_of(value) if point.is_scaled else value


def written(point: S7Point, value: Any) -> bytes | bool:
    """The bytes that hold `value`, or for a bit itself. Raises ValueError where it cannot."""
    if point.kind == "bool":
        if not isinstance(value, bool) and value not in (0, 1):
            raise ValueError(f"{value!r} is neither true nor false")
        return bool(value)
    if point.is_scaled and isinstance(value, int | float) and not isinstance(value, bool):
        value = point.raw_of(value)
    return codec.write(value, point.kind, point.length)


def fault_of_held(point: S7Point, held: bytes) -> str:
    """Why a point must not be written over what lies there; empty where it may.

    The program of the controller trusts the length that a STRING was declared with, which stands in its first byte.
    """
    if point.kind != "text" or held[0] in (0, point.length):
        return ""
    room = count_of(held[0], "letter")
    return f"the STRING there has room for {room}, not {point.length}: `length` has to say so"
