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

MOST_LENGTH = 16_382
"""Letters of the longest WSTRING."""

MOST_BYTES = 222
"""What fits into an answer of 240 bytes, which every controller takes."""


def _address(text: str) -> str:
    places.address_of(text)
    return text


class S7Point(Point):
    """A value in the memory of a controller."""

    address: Annotated[str, AfterValidator(_address)]
    """Where it lies: `DB10.DBD4`, `DB10.DBX4.0` (a bit), `DB10.DBW0`, `DB10.DBB3`, `MW20`, `I0.1`, `QB2`."""

    type: codec.Type | None = None
    """How its bytes are read; by default `bool` at a bit, `u8`, `u16` or `u32` at B, W or D. INT is `i16`, DINT `i32`,
    LINT `i64`, LWORD and ULINT `u64`, REAL `f32`, LREAL `f64`, STRING `text`, WSTRING `wtext`, DTL `dtl`, DATE_AND_TIME
    `date_and_time`."""

    length: int = Field(default=254, ge=1, le=MOST_LENGTH)
    """With a text: the length that the STRING (at most 254) or WSTRING was declared with."""

    count: int = Field(default=1, ge=1, le=200)
    """More than 1: an array of so many numbers or times, which is read as a list and not written."""

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
        return codec.bytes_of(self.kind, self.length) * self.count


def faults_of(points: Sequence[S7Point]) -> list[tuple[str, str]]:
    """What is wrong within points, as (option, fault)."""
    faults = []
    for row, point in enumerate(points):
        if (point.kind == "bool") != (point.place.size == "X"):
            faults.append((f"points.{row}.type", f"{point.address} is no {point.kind}: a bool has X and its bit"))
        if point.kind in ("bool", *codec.TEXTS, *codec.TIMES) and point.is_scaled:
            faults.append((f"points.{row}.scale", f"a {point.kind} has no scale"))
        if point.kind == "text" and point.length > 254:
            faults.append((f"points.{row}.length", "a STRING has at most 254 letters"))
        if point.count > 1 and point.kind in ("bool", *codec.TEXTS):
            faults.append((f"points.{row}.count", f"an array of {point.kind} is a point for each of its values"))
        elif point.count > 1 and point.bytes > MOST_BYTES:
            faults.append(
                (f"points.{row}.count", f"{count_of(point.bytes, 'byte')}, at most {MOST_BYTES} are read at once")
            )
        if point.place.byte + point.bytes - 1 > places.HIGHEST_BYTE:
            faults.append((f"points.{row}.address", f"ends behind the last byte, {places.HIGHEST_BYTE}"))
    return faults


def span(point: S7Point, row: int) -> Span:
    """Where the point lies, for `blocks`."""
    return Span(point.place.area, point.place.byte, point.bytes, row)


def read(point: S7Point, block: Block, start: int, data: bytes) -> Any:
    """The point's value in what a block brought; `start` is the point's first byte. Raises ValueError."""
    at = start - block.start
    size = point.bytes // point.count
    values = [_one(point, data[at + n * size : at + (n + 1) * size]) for n in range(point.count)]
    return values if point.count > 1 else values[0]


def _one(point: S7Point, data: bytes) -> Any:
    value = codec.read(data, point.kind, point.place.bit)
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

    The program of the controller trusts the length that a STRING was declared with, which stands before it.
    """
    if point.kind not in codec.TEXTS or codec.room_of(held, point.kind) in (0, point.length):
        return ""
    room, name = count_of(codec.room_of(held, point.kind), "letter"), "STRING" if point.kind == "text" else "WSTRING"
    return f"the {name} there has room for {room}, not {point.length}: `length` has to say so"
