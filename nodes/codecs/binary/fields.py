"""What the bytes of one field say: integers, floats, bits, text, BCD. Where they lie in a record is in `binary_layout`.

A raw number becomes `raw * scale + offset_value`. A scale of 0.1 divides by 10: 235 is 23.5, not its neighbour.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from flowengine.counts import count_of
from nodes.codecs.wording import kind_words

Order = Literal["big", "little"]
Read = Callable[[bytes], Any]
Write = Callable[[bytearray, int, Any], None]
Codec = tuple[Read, Write]

INTEGERS = {f"{sign}{bits}": bits // 8 for bits in (8, 16, 24, 32, 64) for sign in ("u", "i")}
FLOATS = {"f32": 4, "f64": 8}
TYPES = (*INTEGERS, *FLOATS, "bool", "bits", "text", "bytes", "bcd")
ENCODINGS = ("ascii", "utf-8", "latin-1", "cp1252")
MAX_RECORD_BYTES = 65536


class BadLayout(ValueError):
    """A layout that cannot be; the message names the field."""


class BadRecord(ValueError):
    """Bytes or values that do not fit the layout; the message names the field."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field as declared; orders are those of the layout where None."""

    name: str
    type: str
    offset: int | None = None
    """Where it begins, in bytes from the record's first."""

    count: int | None = None
    """Numbers in a list; bytes of text, bytes and BCD. Text and bytes without it take the rest of the record."""

    endian: Order | None = None
    word_order: Order | None = None
    """The order of the 16-bit words of a 32 or 64 bit number (Modbus registers); that of its bytes where None."""

    scale: float = 1
    offset_value: float = 0
    bit: int | None = None
    """The lowest bit of a bits or bool field in its container, 0 being worth 1."""

    bits: int = 1
    of: str = "u8"
    """The container of bits: an unsigned integer type."""

    encoding: str = "utf-8"

    def __post_init__(self) -> None:
        """Raise BadLayout for what no field can be."""
        for wrong, why in (
            (self.type not in TYPES, f"no such type: {self.type}; use {', '.join(TYPES)}"),
            (self.endian not in (None, "big", "little"), f"endian is big or little, not {self.endian}"),
            (self.word_order not in (None, "big", "little"), f"word_order is big or little, not {self.word_order}"),
            (self.offset is not None and not 0 <= self.offset < MAX_RECORD_BYTES, f"no such offset: {self.offset}"),
            (self.count is not None and not 1 <= self.count <= MAX_RECORD_BYTES, f"no such count: {self.count}"),
            (self.count is None and self.type == "bcd", "bcd needs a count of bytes"),
            (self.count is not None and self.is_bits, "bits have no count"),
            (not 1e-12 <= abs(self.scale) <= 1e12, f"no such scale: {self.scale}"),
            (self.encoding not in ENCODINGS, f"no such encoding: {self.encoding}; use {', '.join(ENCODINGS)}"),
            (self.is_bits and not self._bits_fit(), f"bits {self.bit}, {self.bits} long, do not fit {self.of}"),
        ):
            if wrong:
                raise BadLayout(f"{self.name}: {why}")

    @property
    def is_bits(self) -> bool:
        """Whether it is a part of a container."""
        return self.type == "bits" or (self.type == "bool" and self.bit is not None)

    @property
    def first_bit(self) -> int:
        """The lowest bit in the container."""
        return self.bit or 0

    @property
    def open_ended(self) -> bool:
        """Whether it takes the rest of the record."""
        return self.type in ("text", "bytes") and self.count is None

    def _bits_fit(self) -> bool:
        container_bits = INTEGERS.get(self.of, 0) * 8 if self.of.startswith("u") else 0
        single = self.type != "bool" or self.bits == 1
        return single and self.first_bit >= 0 and self.bits >= 1 and self.first_bit + self.bits <= container_bits


def size_bytes(field: Field) -> int:
    """Return how many bytes the field takes; 0 when it takes the rest."""
    if field.is_bits:
        return INTEGERS[field.of]
    if field.type in ("text", "bytes", "bcd"):
        return field.count or 0
    return _unit_bytes(field) * (field.count or 1)


def codec(field: Field) -> Codec:
    """Return how the field is read from its bytes (ValueError for bytes it cannot have) and written into a record."""
    if field.is_bits:
        return _bits_codec(field)
    if field.type == "bytes":
        return bytes, _padded(field, bytes)
    if field.type == "text":
        return _text_codec(field)
    if field.type == "bcd":
        return _bcd_codec(field)
    read, pack = _number(field)
    if field.count is None:
        return read, lambda record, begin, value: _put(record, begin, pack(value))
    return _list_codec(field, field.count, read, pack)


def _unit_bytes(field: Field) -> int:
    return 1 if field.type == "bool" else INTEGERS.get(field.type) or FLOATS[field.type]


def _put(record: bytearray, begin: int, data: bytes) -> None:
    record[begin : begin + len(data)] = data


def _number(field: Field) -> tuple[Read, Callable[[Any], bytes]]:
    if field.type == "bool":
        return (lambda data: data != b"\x00"), (lambda value: b"\x01" if value else b"\x00")
    order, size, swapped = field.endian or "big", _unit_bytes(field), field.word_order != field.endian
    unpack, pack = _float(field, order) if field.type in FLOATS else _integer(field, order, size)
    scaled, raw = _scaling(field)
    if not swapped or size not in (4, 8):
        return (lambda data: scaled(unpack(data))), (lambda value: pack(raw(value)))
    return (lambda data: scaled(unpack(_swapped(data)))), (lambda value: _swapped(pack(raw(value))))


def _swapped(data: bytes) -> bytes:
    """Return the number's bytes with its 16-bit words in the opposite order."""
    return b"".join(data[place : place + 2] for place in range(len(data) - 2, -1, -2))


def _integer(field: Field, order: Order, size: int) -> tuple[Callable[[bytes], int], Callable[[float], bytes]]:
    signed = field.type.startswith("i")
    lowest, highest = (-(1 << 8 * size - 1), (1 << 8 * size - 1) - 1) if signed else (0, (1 << 8 * size) - 1)

    def pack(raw: float) -> bytes:
        number = _whole(raw)
        if not lowest <= number <= highest:
            raise ValueError(f"{raw} is not between {lowest} and {highest}")
        return number.to_bytes(size, order, signed=signed)

    return (lambda data: int.from_bytes(data, order, signed=signed)), pack


def _float(field: Field, order: Order) -> tuple[Callable[[bytes], float], Callable[[float], bytes]]:
    form = struct.Struct((">" if order == "big" else "<") + ("f" if field.type == "f32" else "d"))

    def unpack(data: bytes) -> float:
        value: float = form.unpack(data)[0]
        return value

    def pack(raw: float) -> bytes:
        try:
            return form.pack(raw)
        except OverflowError:
            raise ValueError(f"{raw} is too large for {field.type}") from None

    return unpack, pack


def _scaling(field: Field) -> tuple[Callable[[float], float], Callable[[Any], float]]:
    """Return raw to value and value to raw."""
    scale, shift = field.scale, field.offset_value
    if scale == 1 and shift == 0:
        return (lambda raw: raw), _checked_number
    divisor = round(1 / scale)
    if divisor and 1 / divisor == scale and divisor != 1:
        return (lambda raw: raw / divisor + shift), (lambda value: (_checked_number(value) - shift) * divisor)
    return (lambda raw: raw * scale + shift), (lambda value: (_checked_number(value) - shift) / scale)


def _checked_number(value: Any) -> float:
    if not isinstance(value, (int, float)):
        raise TypeError(f"{kind_words(value)} where a number is expected")
    return value


def _whole(raw: float) -> int:
    if raw - raw != 0:
        raise ValueError(f"{raw} is no whole number")
    return round(raw)


def _list_codec(field: Field, count: int, read: Read, pack: Callable[[Any], bytes]) -> Codec:
    size = _unit_bytes(field)

    def read_all(data: bytes) -> list[Any]:
        return [read(data[place : place + size]) for place in range(0, size * count, size)]

    def write_all(record: bytearray, begin: int, values: Any) -> None:
        if not isinstance(values, (list, tuple)) or len(values) != count:
            raise ValueError(f"a list of {count} is expected")
        _put(record, begin, b"".join(map(pack, values)))

    return read_all, write_all


def _bits_codec(field: Field) -> Codec:
    order, size, first, mask = field.endian or "big", INTEGERS[field.of], field.first_bit, (1 << field.bits) - 1
    scaled, raw = _scaling(field)

    def read(data: bytes) -> Any:
        found = (int.from_bytes(data, order) >> first) & mask
        return bool(found) if field.type == "bool" else scaled(found)

    def write(record: bytearray, begin: int, value: Any) -> None:
        bits = int(bool(value)) if field.type == "bool" else _whole(raw(value))
        if not 0 <= bits <= mask:
            raise ValueError(f"{value} does not fit {count_of(field.bits, 'bit')}")
        container = int.from_bytes(record[begin : begin + size], order) & ~(mask << first) | bits << first
        _put(record, begin, container.to_bytes(size, order))

    return read, write


def _padded(field: Field, encode: Callable[[Any], bytes]) -> Write:
    def write(record: bytearray, begin: int, value: Any) -> None:
        if not isinstance(value, str if field.type == "text" else (bytes, bytearray)):
            raise TypeError(f"{kind_words(value)} where {field.type} is expected")
        data = encode(value)
        if field.count is not None and len(data) > field.count:
            raise ValueError(f"{count_of(len(data), 'byte is', 'bytes are')} more than {field.count}")
        _put(record, begin, data.ljust(field.count or 0, b"\x00"))

    return write


def _text_codec(field: Field) -> Codec:
    """Text ends at its first NUL, as in C."""
    return (
        lambda data: data.partition(b"\x00")[0].decode(field.encoding),
        _padded(field, lambda value: value.encode(field.encoding)),
    )


def _bcd_codec(field: Field) -> Codec:
    """Two decimal digits a byte, the first in the high half; little-endian turns the bytes round, not the halves."""
    size, step = field.count or 0, -1 if field.endian == "little" else 1
    scaled, raw = _scaling(field)

    def read(data: bytes) -> Any:
        digits = data[::step].hex()
        if not digits.isdecimal():
            raise ValueError(f"{digits} is no BCD")
        return scaled(int(digits))

    def write(record: bytearray, begin: int, value: Any) -> None:
        digits = f"{_whole(raw(value)):0{2 * size}d}"
        if len(digits) > 2 * size or not digits.isdecimal():
            raise ValueError(f"{value} does not fit {count_of(2 * size, 'digit')}")
        _put(record, begin, bytes.fromhex(digits)[::step])

    return read, write
