"""Values in the bytes of S7 controllers, big end first: numbers, bits, and STRING with its two lengths. Pure."""

from __future__ import annotations

import struct
from typing import Any, Literal

from flowengine.counts import count_of
from nodes.codecs.modbus.values import read_number, write_number

Type = Literal["u8", "i8", "u16", "i16", "u32", "i32", "i64", "f32", "f64", "bool", "text"]
USUAL: dict[str, Type] = {"X": "bool", "B": "u8", "W": "u16", "D": "u32"}
"""The type of an address that says none."""

_BYTES = {"u8": 1, "i8": 1, "u16": 2, "i16": 2, "u32": 4, "i32": 4, "i64": 8, "f32": 4, "f64": 8, "bool": 1}
_BYTE = {"u8": ">B", "i8": ">b"}
_HEAD_BYTES = 2
MOST_LETTERS = 200
"""What is read and written of a STRING: a request of 240 bytes, which every controller takes, holds no more."""


def bytes_of(type_: Type, length: int) -> int:
    """How many bytes a value takes; `length` counts for text, whose two lengths come before it."""
    return min(length, MOST_LETTERS) + _HEAD_BYTES if type_ == "text" else _BYTES[type_]


def read(data: bytes, type_: Type, bit: int) -> Any:
    """The value in these bytes. Raises ValueError for what is none."""
    if type_ == "bool":
        return bool(data[0] >> bit & 1)
    if type_ == "text":
        return _read_text(data)
    if type_ in _BYTE:
        return struct.unpack(_BYTE[type_], data)[0]
    return read_number(data, type_)  # type: ignore[arg-type]  # those that are left are Modbus types too


def write(value: Any, type_: Type, length: int) -> bytes:
    """The bytes of a value; not of bits. Raises ValueError where it does not fit."""
    if type_ == "text":
        return _write_text(value, length)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is no number")
    if type_ in _BYTE:
        try:
            return struct.pack(_BYTE[type_], round(value))
        except (struct.error, OverflowError, ValueError):
            raise ValueError(f"{value} does not fit into {type_}") from None
    return write_number(value, type_)  # type: ignore[arg-type]  # as above


def _read_text(data: bytes) -> str:
    room, used = data[0], data[1]
    if used > room or used > len(data) - _HEAD_BYTES:
        raise ValueError(f"no STRING: {used} of {count_of(room, 'letter')} used")
    return data[_HEAD_BYTES : _HEAD_BYTES + used].decode("latin-1")


def _write_text(value: Any, length: int) -> bytes:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    try:
        data = value.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(f"{value!r} has letters that a STRING cannot hold") from None
    if len(data) > min(length, MOST_LETTERS):
        raise ValueError(f"{count_of(len(data), 'letter')}, there is room for {min(length, MOST_LETTERS)}")
    return bytes([length, len(data)]) + data
