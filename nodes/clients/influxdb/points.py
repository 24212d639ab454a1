"""From messages to lines of line protocol, a column at a time: what cannot be a line is told with its place. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, cast

from flowengine import Message, Messages
from flowengine.expression import Template
from nodes.batches.field_selector import FieldSelector
from nodes.codecs.line_protocol.encode import NO_FIELDS, Integers, LineEncoder, Precision

MOST_MEASUREMENTS = 1_000
MOST_FIELDS = 10_000
"""Of one point. Fields whose names are new take some 8 us each, and nothing else moves meanwhile."""

_NUMBERS = frozenset((float, int, bool))
_MAPS = frozenset((dict,))
Columns = Mapping[str, Sequence[object]]
Lines = tuple[Sequence[str], Sequence[int], dict[int, str]]


class Block(NamedTuple):
    """Rows of one measurement and one set of fields; `places` say where they stand in their batch."""

    encoder: LineEncoder
    places: Sequence[int]
    prefixes: Sequence[str | None]
    columns: Columns
    times_ns: Sequence[int | None]

    def why(self, row: int) -> str:
        """Why a row has no line, found by encoding it once more on a clean count."""
        encoder, columns = self.encoder, {name: values[row : row + 1] for name, values in self.columns.items()}
        counted, encoder.refused = encoder.refused, Counter()
        encoder.lines([self.prefixes[row] or ""], columns, [self.times_ns[row]])
        reasons = [reason for reason in encoder.refused if reason != NO_FIELDS]
        encoder.refused = counted
        if self.prefixes[row] is None:
            return "cannot be written: a tag is a list or a map"
        return f"cannot be written: {', '.join(reasons)}" if reasons else "no number in the payload"


class Points:
    """Encodes batches. Tags by name in meta or payload; fields are all numbers of the payload, or the given ones.

    A payload that is a number is the field `value`; true and false count as numbers. A name taken as a tag is not
    written as a field too.
    """

    def __init__(
        self,
        measurement: Template,
        tags: Sequence[str] = (),
        fields: Mapping[str, FieldSelector] | None = None,
        time: FieldSelector | None = None,
        precision: Precision = "ns",
        integers: Integers = "float",
    ):
        self._measurement = measurement
        self._tags = tuple(tags)
        self._tag_names = frozenset(tags)
        self._tags_in_meta = _values_of(self._tags)
        self._fields = fields
        self._time = time
        self._precision: Precision = precision
        self._integers: Integers = integers
        self._encoders: dict[str, LineEncoder] = {}
        self._one_by_one = 0

    def lines(self, messages: Messages) -> Lines:
        """Lines, the place of each in the batch, and the reason for every message that has no line."""
        bad: dict[int, str] = {}
        try:
            blocks = self._blocks(messages, range(len(messages)))
        except Exception:  # a template, an expression, a name that cannot be written
            blocks = self._apart(messages, bad)
        lines = [block.encoder.lines(block.prefixes, block.columns, block.times_ns) for block in blocks]
        if len(blocks) == 1 and not bad and None not in lines[0]:
            return cast(Sequence[str], lines[0]), blocks[0].places, bad
        found: dict[int, str] = {}
        for block, written in zip(blocks, lines, strict=True):
            for row, (place, line) in enumerate(zip(block.places, written, strict=True)):
                if line is None:
                    bad[place] = block.why(row)
                else:
                    found[place] = line
        places = sorted(found)
        return [found[place] for place in places], places, dict(sorted(bad.items()))

    def take_refused(self) -> dict[str, int]:
        """How many fields and rows were left out since the last call, by reason."""
        counted: Counter[str] = Counter()
        for encoder in self._encoders.values():
            counted.update(encoder.refused)
            encoder.refused.clear()
        return counted

    @property
    def slow(self) -> int:
        """How many values, series and messages were not written in columns."""
        return self._one_by_one + sum(encoder.slow for encoder in self._encoders.values())

    def _apart(self, messages: Messages, bad: dict[int, str]) -> list[Block]:
        """The blocks of the messages that can be written; the others go to `bad`."""
        good: list[int] = []
        for place, message in enumerate(messages):
            self._one_by_one += 1
            try:
                self._blocks((message,), (place,))
                good.append(place)
            except Exception as fault:
                bad[place] = str(fault)[:300]
        return self._blocks([messages[place] for place in good], good)

    def _blocks(self, messages: Messages, places: Sequence[int]) -> list[Block]:
        measurement = self._measurement
        if not messages:
            return []
        if measurement.constant:
            return self._shaped(measurement.fill(messages[0]), messages, places)
        groups = _grouped(measurement.each(messages))
        return [
            block
            for name, rows in groups.items()
            for block in self._shaped(name, [messages[row] for row in rows], [places[row] for row in rows])
        ]

    def _shaped(self, measurement: str, messages: Messages, places: Sequence[int]) -> list[Block]:
        """Blocks of one measurement: one where all payloads have the same keys, as they mostly do."""
        encoder = self._encoder(measurement)
        if self._fields:
            columns = {name: pick.each(messages) for name, pick in self._fields.items()}
            return [self._block(encoder, messages, places, columns)]
        payloads = [message.payload for message in messages]
        numbers = self._numbers(payloads)
        if numbers is not None:
            return [self._block(encoder, messages, places, numbers)]
        blocks = []
        for rows in _grouped([_shape(payload) for payload in payloads]).values():
            numbers = self._numbers([payloads[row] for row in rows])
            assert numbers is not None
            part = [messages[row] for row in rows]
            blocks.append(self._block(encoder, part, [places[row] for row in rows], numbers))
        return blocks

    def _block(self, encoder: LineEncoder, messages: Messages, places: Sequence[int], columns: Columns) -> Block:
        return Block(encoder, places, self._prefixes(encoder, messages), columns, self._times_ns(messages))

    def _prefixes(self, encoder: LineEncoder, messages: Messages) -> Sequence[str | None]:
        values_of = self._tags_in_meta
        try:
            known = encoder.known_prefixes([values_of(message.meta) for message in messages])
        except KeyError:
            known = None
        return known or encoder.prefixes([self._tag_values(message) for message in messages])

    def _encoder(self, measurement: str) -> LineEncoder:
        found = self._encoders.get(measurement)
        if found is None:
            if len(self._encoders) >= MOST_MEASUREMENTS:
                del self._encoders[next(iter(self._encoders))]
            found = LineEncoder(measurement, self._tags, precision=self._precision, integers=self._integers)
            self._encoders[measurement] = found
        return found

    def _tag_values(self, message: Message) -> tuple[object, ...]:
        meta, payload = message.meta, message.payload
        values = tuple([meta.get(name) for name in self._tags])
        if None in values and type(payload) is dict:
            return tuple([payload.get(n) if v is None else v for n, v in zip(self._tags, values, strict=True)])
        return values

    def _numbers(self, payloads: Sequence[Any]) -> Columns | None:
        """The columns of numbers in payloads with the same keys; None when their keys differ."""
        kinds = set(map(type, payloads))
        if kinds != _MAPS:
            if dict in kinds:
                return None
            return {"value": [payload if type(payload) in _NUMBERS else None for payload in payloads]}
        if len(set(map(len, payloads))) > 1:
            return None
        names = tuple(payloads[0])
        if len(names) > MOST_FIELDS:
            raise ValueError(f"more than {MOST_FIELDS} fields in one point")
        try:
            columns = {name: [payload[name] for payload in payloads] for name in names}
        except KeyError:
            return None
        tags = self._tag_names
        numbers = {name: _only_numbers(values) for name, values in columns.items() if name not in tags}
        found = {name: values for name, values in numbers.items() if values is not None}
        if not all(type(name) is str for name in found):
            raise ValueError("the name of a field is text, and this payload has numbers under another key")
        return found

    def _times_ns(self, messages: Messages) -> Sequence[int | None]:
        if self._time is None:
            return [message.time_ns or message.arrived_ns or None for message in messages]
        return self._time.times_ns(messages)


def fields_of(message: Message) -> int:
    """How many fields a point of it may have."""
    return len(message.payload) if type(message.payload) is dict else 1


def _values_of(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """The function that takes these entries out of a map. It raises KeyError."""
    if len(names) > 1:
        return itemgetter(*names)
    return (lambda meta: (meta[names[0]],)) if names else (lambda meta: ())


def _grouped(keys: Sequence[Any]) -> dict[Any, list[int]]:
    rows: dict[Any, list[int]] = {}
    for row, key in enumerate(keys):
        rows.setdefault(key, []).append(row)
    return rows


def _shape(payload: Any) -> object:
    return frozenset(payload) if type(payload) is dict else None


def _only_numbers(values: Sequence[object]) -> Sequence[object] | None:
    """The values with None for all but numbers; None when there are none."""
    kinds = set(map(type, values))
    if kinds <= _NUMBERS:
        return values
    return [value if type(value) in _NUMBERS else None for value in values] if kinds & _NUMBERS else None
