"""Cyclic redundancy checks by name: compute, append, check. Framing, and what a wrong CRC leads to, live elsewhere.

The parameters are in `crc_catalogue`. `fastcrc` or `zlib` does the work where it has the CRC, else a table.
"""

import difflib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Literal

from fastcrc import crc8, crc16, crc32

from nodes.codecs.crc.catalogue import CATALOGUE

Order = Literal["big", "little"]

_FAST_MODULES: dict[int, ModuleType] = {8: crc8, 16: crc16, 32: crc32}


class UnknownCrc(ValueError):
    """No CRC has this name; the message names the nearest ones."""


@dataclass(frozen=True, slots=True)
class Crc:
    """A named CRC: its width, its byte order on the wire where none is given, and how to compute it."""

    name: str
    width_bits: int
    natural_order: Order
    """The byte order in which data with its CRC give a constant CRC: big, or little when reflected."""

    compute: Callable[[bytes], int]

    @property
    def width_bytes(self) -> int:
        """How many bytes the CRC takes behind its data."""
        return self.width_bits // 8

    def append(self, data: bytes, order: Order = "big") -> bytes:
        """Return `data` followed by its CRC."""
        return data + self.compute(data).to_bytes(self.width_bytes, order)

    def check(self, frame: bytes, order: Order = "big") -> bool:
        """Whether the last bytes of `frame` are the CRC of those before; False when it is too short to hold one."""
        end = len(frame) - self.width_bytes
        return end >= 0 and self.compute(frame[:end]) == int.from_bytes(frame[end:], order)

    def residue(self, order: Order) -> int | None:
        """Return the constant CRC of data with its CRC behind; None in an order that has none (then use `check`)."""
        constant = order == self.natural_order or self.width_bits == 8
        return self.compute(self.append(b"", order)) if constant else None


@cache
def crc(name: str) -> Crc:
    """Return the CRC of that name or alias, in any case and punctuation. Raises UnknownCrc, naming the nearest."""
    row = _rows().get(_key(name))
    if row is None:
        raise UnknownCrc(f"no CRC is called {name!r}{_suggestion(name)}")
    return _from_row(row)


def names() -> tuple[str, ...]:
    """Return the names of all CRCs known, without aliases, in the order of the catalogue."""
    return tuple(row.split()[0] for row in CATALOGUE.strip().splitlines())


def _key(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


@cache
def _rows() -> dict[str, str]:
    rows = {}
    for row in CATALOGUE.strip().splitlines():
        name, _, _, _, _, *aliases = row.split()
        rows.update({_key(each): row for each in (name, *aliases)})
    return rows


def _suggestion(name: str) -> str:
    near = difflib.get_close_matches(_key(name), _rows(), n=3, cutoff=0.5)
    found = dict.fromkeys(_rows()[key].split()[0] for key in near)
    return f"; did you mean {' or '.join(found)}?" if found else ""


def _from_row(row: str) -> Crc:
    name, polynomial, start, final, first_bit, *_ = row.split()
    width_bits, reflected = len(polynomial) * 4, first_bit == "lsb"
    compute = _fast(name, width_bits) or _by_table(
        width_bits, int(polynomial, 16), int(start, 16), int(final, 16), reflected
    )
    return Crc(name, width_bits, "little" if reflected else "big", compute)


def _fast(name: str, width_bits: int) -> Callable[[bytes], int] | None:
    if name == "CRC-32/ISO-HDLC":
        return zlib.crc32  # as fast on short frames, and hardware-assisted in some builds
    function = name.partition("/")[2].lower().replace("-", "_")
    found: Callable[[bytes], int] | None = getattr(_FAST_MODULES[width_bits], function, None)
    return found


def _by_table(width_bits: int, polynomial: int, start: int, final: int, reflected: bool) -> Callable[[bytes], int]:
    """Return a byte-wise CRC (Williams, "A painless guide to CRC error detection algorithms", sections 10 and 11)."""
    mask = (1 << width_bits) - 1
    if reflected:
        table, start = _reflected_table(_mirrored(polynomial, width_bits)), _mirrored(start, width_bits)

        def compute_reflected(data: bytes) -> int:
            value = start
            for byte in data:
                value = (value >> 8) ^ table[(value ^ byte) & 0xFF]
            return value ^ final

        return compute_reflected
    table, top = _direct_table(polynomial, width_bits), width_bits - 8

    def compute_direct(data: bytes) -> int:
        value = start
        for byte in data:
            value = ((value << 8) & mask) ^ table[(value >> top) ^ byte]
        return value ^ final

    return compute_direct


def _mirrored(value: int, width_bits: int) -> int:
    return int(f"{value:0{width_bits}b}"[::-1], 2)


def _reflected_table(polynomial: int) -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
        table.append(value)
    return tuple(table)


def _direct_table(polynomial: int, width_bits: int) -> tuple[int, ...]:
    top, mask, table = 1 << (width_bits - 1), (1 << width_bits) - 1, []
    for byte in range(256):
        value = byte << (width_bits - 8)
        for _ in range(8):
            value = ((value << 1) & mask) ^ (polynomial if value & top else 0)
        table.append(value)
    return tuple(table)
