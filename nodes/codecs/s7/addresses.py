"""Addresses of S7 controllers as people write them: `DB10.DBD4`, `DB1.DBX0.3`, `MW20`, `I0.1`, `QB2`. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

HIGHEST_BYTE = 0xFFFF
HIGHEST_DB = 0xFFFF
_DB = re.compile(r"DB(\d{1,5})\.DB(?:(X)(\d{1,5})\.([0-7])|([BWD])(\d{1,5}))")
_PLAIN = re.compile(r"([MIEQA])(?:(\d{1,5})\.([0-7])|([BWD])(\d{1,5}))")
_GERMAN = {"E": "I", "A": "Q"}
"""Eingang and Ausgang: what German manuals call inputs and outputs."""


class Area(NamedTuple):
    """Where bytes are counted from 0: `DB` with its number, or `M`, `I`, `Q`."""

    name: str
    number: int = 0


class Address(NamedTuple):
    """A place in an area. `size` is what its letter says: `X` a bit, `B` 1, `W` 2, `D` 4 bytes."""

    area: Area
    byte: int
    bit: int
    size: str


def address_of(text: str) -> Address:
    """The place that the text means. Raises ValueError."""
    upper = text.upper()
    if found := _DB.fullmatch(upper):
        number, x, bit_byte, bit, size, byte = found.groups()
        area = Area("DB", int(number))
    elif found := _PLAIN.fullmatch(upper):
        name, bit_byte, bit, size, byte = found.groups()
        area, x = Area(_GERMAN.get(name, name)), "X" if bit_byte else None
    else:
        raise ValueError(f"{text!r} is no S7 address; write DB10.DBD4, DB10.DBX4.0, MW20, I0.1 or QB2")
    made = Address(area, int(bit_byte or byte), int(bit or 0), x or size)
    if made.byte > HIGHEST_BYTE or area.number > HIGHEST_DB:
        raise ValueError(f"{text!r}: blocks and bytes are at most {HIGHEST_BYTE}")
    return made
