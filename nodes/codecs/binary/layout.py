"""Fixed binary records from and to named fields. Framing is in `framing`, a field's own bytes in `binary_types`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from flowengine.counts import count_of
from nodes.codecs.binary.fields import BadLayout, BadRecord, Field, Order, codec, size_bytes

Placed = tuple[Field, int]


class Layout:
    """A record's fields, compiled. `size_bytes` is how many bytes a record has at least.

    A field without `offset` begins where the one before it ends; a `bits` or one-bit `bool` field shares the container
    of such a field before it as long as its bits lie above that one's.
    """

    def __init__(
        self, fields: Sequence[Mapping[str, Any]], endian: Order = "big", word_order: Order | None = None
    ) -> None:
        """Take the fields as written, each at least {name, type}; the orders hold where a field names none.

        Raises BadLayout for an unknown type or option, a field that ends nowhere, or a name that is there twice.
        """
        declared = [_declared(each, endian, word_order) for each in fields]
        placed = _placed(declared)
        self._check(placed)
        self.names = tuple(each.name for each in declared)
        self.size_bytes = max((begin + size_bytes(each) for each, begin in placed), default=0)
        self._codecs = [(each.name, begin, begin + size_bytes(each), codec(each)) for each, begin in placed]
        self._open_name = declared[-1].name if declared and declared[-1].open_ended else None

    def decode(self, record: bytes) -> dict[str, Any]:
        """Return the fields of `record` in the order declared; bytes behind them are left alone. Raises BadRecord."""
        if len(record) < self.size_bytes:
            raise BadRecord(f"the record has {count_of(len(record), 'byte')}, its fields need {self.size_bytes}")
        values = {}
        for name, begin, end, (read, _) in self._codecs:
            try:
                values[name] = read(record[begin:] if name == self._open_name else record[begin:end])
            except ValueError as error:
                raise BadRecord(f"{name}: {error}") from error
        return values

    def bytes_behind(self, record: bytes) -> int:
        """How many bytes of it no field takes."""
        return max(0, len(record) - self.size_bytes) if self._open_name is None else 0

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Return the record that holds `values`, gaps as 00. Raises BadRecord (missing, unknown, out of range)."""
        if unknown := [name for name in values if name not in self.names]:
            raise BadRecord(f"no such field: {', '.join(repr(str(name)) for name in unknown)}")
        record = bytearray(self.size_bytes)
        for name, begin, _, (_, write) in self._codecs:
            if name not in values:
                raise BadRecord(f"{name}: missing")
            try:
                write(record, begin, values[name])
            except (ValueError, TypeError, OverflowError) as error:
                raise BadRecord(f"{name}: {error}") from error
        return bytes(record)

    def _check(self, placed: Sequence[Placed]) -> None:
        names = [each.name for each, _ in placed]
        if twice := {name for name in names if names.count(name) > 1}:
            raise BadLayout(f"two fields are called {', '.join(sorted(twice))}")
        for each, following in pairwise(placed):
            if each[0].open_ended:
                raise BadLayout(f"{each[0].name} takes the rest of the record: {following[0].name} cannot follow")


def _declared(written: Mapping[str, Any], endian: Order, word_order: Order | None) -> Field:
    try:
        each = Field(**written)
    except TypeError as error:
        raise BadLayout(f"{written.get('name', written)!r}: {error}") from error
    own_endian = each.endian or endian
    return replace(each, endian=own_endian, word_order=each.word_order or word_order or own_endian)


def _placed(declared: Sequence[Field]) -> list[Placed]:
    placed: list[Placed] = []
    for each in declared:
        placed.append((each, _begin(each, placed[-1] if placed else None)))
    return placed


def _begin(each: Field, before: Placed | None) -> int:
    if each.offset is not None:
        return each.offset
    if before is None:
        return 0
    last, begin = before
    alike = each.is_bits and last.is_bits and (last.of, last.endian) == (each.of, each.endian)
    shares = alike and each.first_bit >= last.first_bit + last.bits
    return begin if shares else begin + size_bytes(last)
