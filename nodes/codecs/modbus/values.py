"""Values in Modbus registers: whole numbers, floats, bits and text, in the orders that devices use. Pure."""

from __future__ import annotations

import math
import struct
from typing import Literal

from flowengine.counts import count_of

Type = Literal["i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64", "bool", "bit", "text"]
Swap = Literal["none", "word", "byte", "both"]

_FORMATS = {"i16": ">h", "u16": ">H", "i32": ">i", "u32": ">I", "i64": ">q", "u64": ">Q", "f32": ">f", "f64": ">d"}
_FLOATS = ("f32", "f64")


def registers_of(type_: Type, length: int = 1) -> int:
    """How many registers a value takes; `length` counts for text."""
    if type_ in ("bool", "bit"):
        return 1
    return length if type_ == "text" else struct.calcsize(_FORMATS[type_]) // 2


def in_order(data: bytes, swap: Swap) -> bytes:
    """Registers between the device's order and the usual one, big end first; the same both ways."""
    if swap in ("word", "both"):
        data = b"".join(data[at : at + 2] for at in range(len(data) - 2, -1, -2))
    if swap in ("byte", "both"):
        data = b"".join(data[at : at + 2][::-1] for at in range(0, len(data), 2))
    return data


def read_number(data: bytes, type_: Type, swap: Swap = "none") -> int | float:
    """The number in these registers; a float of four bytes as its shortest decimal. Raises ValueError for NaN."""
    value: int | float = struct.unpack(_FORMATS[type_], in_order(data, swap))[0]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("not a number")
        return shortest(value) if type_ == "f32" else value
    return value


def shortest(value: float) -> float:
    """The decimal with the fewest digits that is this float of four bytes: 21.7 for 21.700000762939453."""
    packed = struct.pack(">f", value)
    for digits in (6, 7, 8):
        near = float(f"{value:.{digits}g}")
        try:
            if struct.pack(">f", near) == packed:
                return near
        except OverflowError:
            continue
    return float(f"{value:.9g}")


def read_text(data: bytes, swap: Swap = "none") -> str:
    """The text up to its first NUL, without blanks at its end. Raises ValueError where it is no UTF-8."""
    try:
        return in_order(data, swap).split(b"\0", 1)[0].decode().rstrip()
    except UnicodeDecodeError:
        raise ValueError("no text") from None


def write_number(value: int | float, type_: Type, swap: Swap = "none") -> bytes:
    """The registers of a number. Raises ValueError where it does not fit."""
    try:
        return in_order(struct.pack(_FORMATS[type_], float(value) if type_ in _FLOATS else round(value)), swap)
    except (struct.error, OverflowError):
        raise ValueError(f"{value} does not fit into {type_}") from None


def write_text(text: str, length: int, swap: Swap = "none") -> bytes:
    """The registers of a text, filled up with NULs. Raises ValueError where it is too long."""
    data = text.encode()
    if len(data) > length * 2:
        raise ValueError(f"{count_of(len(data), 'byte')} of text, there is room for {length * 2}")
    return in_order(data.ljust(length * 2, b"\0"), swap)
