"""Values in the bytes of S7 controllers, big end first: numbers, bits, STRING and WSTRING, times, arrays. Pure."""

from __future__ import annotations

import struct
from typing import Any, Literal

from flowengine.counts import count_of
from nodes.codecs.modbus.values import read_number, write_number
from nodes.codecs.s7 import times

Type = Literal[
    "u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64", "bool", "text", "wtext", "dtl", "date_and_time"
]  # fmt: skip
USUAL: dict[str, Type] = {"X": "bool", "B": "u8", "W": "u16", "D": "u32"}
"""The type of an address that says none."""

_BYTES = {"u8": 1, "i8": 1, "u16": 2, "i16": 2, "u32": 4, "i32": 4, "u64": 8, "i64": 8, "f32": 4, "f64": 8, "bool": 1,
          "dtl": 12, "date_and_time": 8}  # fmt: skip
TEXTS = ("text", "wtext")
TIMES = ("dtl", "date_and_time")
_BYTE = {"u8": ">B", "i8": ">b"}
_HEAD_BYTES = {"text": 2, "wtext": 4}
MOST_LETTERS = 200
"""What is read and written of a STRING: a request of 240 bytes, which every controller takes, holds no more."""

MOST_WIDE_LETTERS = 100
"""Of a WSTRING, whose letters take two bytes."""


def bytes_of(type_: Type, length: int) -> int:
    """How many bytes a value takes; `length` counts for texts, whose two lengths come before them."""
    if type_ == "text":
        return min(length, MOST_LETTERS) + _HEAD_BYTES[type_]
    if type_ == "wtext":
        return min(length, MOST_WIDE_LETTERS) * 2 + _HEAD_BYTES[type_]
    return _BYTES[type_]


def read(data: bytes, type_: Type, bit: int) -> Any:
    """The value in these bytes. Raises ValueError for what is none."""
    if type_ == "bool":
        return bool(data[0] >> bit & 1)
    if type_ == "text":
        return _read_text(data)
    if type_ == "wtext":
        return _read_wide(data)
    if type_ == "dtl":
        return times.read_dtl(data)
    if type_ == "date_and_time":
        return times.read_date_and_time(data)
    if type_ in _BYTE:
        return struct.unpack(_BYTE[type_], data)[0]
    return read_number(data, type_)  # type: ignore[arg-type]  # those that are left are Modbus types too


def write(value: Any, type_: Type, length: int) -> bytes:
    """The bytes of a value; not of bits. Raises ValueError where it does not fit."""
    if type_ == "text":
        return _write_text(value, length)
    if type_ == "wtext":
        return _write_wide(value, length)
    if type_ == "dtl":
        return times.write_dtl(value)
    if type_ == "date_and_time":
        return times.write_date_and_time(value)
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
    if used > room:
        raise ValueError(f"no STRING: {used} of {count_of(room, 'letter')} used")
    if used > len(data) - _HEAD_BYTES["text"]:
        raise ValueError(f"{count_of(used, 'letter')}, {len(data) - _HEAD_BYTES['text']} are read")
    return data[2 : 2 + used].decode("latin-1")


def _read_wide(data: bytes) -> str:
    room, used = struct.unpack_from(">HH", data)
    if used > room:
        raise ValueError(f"no WSTRING: {used} of {count_of(room, 'letter')} used")
    if used * 2 > len(data) - _HEAD_BYTES["wtext"]:
        raise ValueError(f"{count_of(used, 'letter')}, {(len(data) - _HEAD_BYTES['wtext']) // 2} are read")
    try:
        return data[4 : 4 + used * 2].decode("utf-16-be")
    except UnicodeDecodeError:
        raise ValueError("no WSTRING: half a letter") from None


def _write_wide(value: Any, length: int) -> bytes:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    try:
        data = value.encode("utf-16-be")
    except UnicodeEncodeError:
        raise ValueError(f"{value!r} has half a letter") from None
    room = min(length, MOST_WIDE_LETTERS)
    if len(data) // 2 > room:
        raise ValueError(f"{count_of(len(data) // 2, 'letter')}, there is room for {room}")
    return struct.pack(">HH", length, len(data) // 2) + data


def room_of(held: bytes, type_: Type) -> int:
    """The length that a text was declared with, which stands before it."""
    return held[0] if type_ == "text" else int(struct.unpack_from(">H", held)[0])


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
