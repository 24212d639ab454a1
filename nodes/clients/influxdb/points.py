"""From messages to lines of line protocol, row by row: what cannot be a line is told with its place. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from flowengine import Message, Messages
from flowengine.expression import Template
from nodes.batches.field_selector import Pick
from nodes.clients.influxdb.fast_path import UsualLines
from nodes.codecs.line_protocol.encode import NO_FIELDS, UNIT_NS, Integers, LineEncoder, Precision

MOST_MEASUREMENTS = 1_000
_NUMBERS = frozenset((float, int, bool))


class Points:
    """Encodes batches. Tags by name in meta or payload; fields are all numbers of the payload, or the given ones.

    A payload that is a number is the field `value`; true and false count as numbers. A name taken as a tag is not
    written as a field too.
    """

    def __init__(
        self,
        measurement: Template,
        tags: Sequence[str] = (),
        fields: Mapping[str, Pick] | None = None,
        time: Callable[[Message], Any] | None = None,
        precision: Precision = "ns",
        integers: Integers = "float",
    ):
        self._measurement = measurement
        self._tags = tuple(tags)
        self._tag_names = frozenset(tags)
        self._fields = tuple(fields.items()) if fields else None
        self._time = time
        self._precision: Precision = precision
        self._integers: Integers = integers
        self._encoders: dict[str, LineEncoder] = {}
        # Named fields, a time of their own or a measurement by message leave nothing to remember.
        plain = not fields and time is None and measurement.constant
        self._usual = UsualLines(tags, UNIT_NS[precision], integers) if plain and tags else None
        self.slow = 0
        """How many messages were not written the short way."""

    def lines(self, messages: Messages) -> tuple[list[str], Sequence[int], dict[int, str]]:
        """Lines, the place of each in the batch, and the reason for every message that has no line."""
        usual = self._usual.lines(messages) if self._usual else [None] * len(messages)
        if None not in usual:
            return cast(list[str], usual), range(len(usual)), {}
        lines: list[str] = []
        places: list[int] = []
        bad: dict[int, str] = {}
        for place, (message, known) in enumerate(zip(messages, usual, strict=True)):
            try:
                line = known or self._line(message)
            except Exception as fault:  # a template, an expression, a name that cannot be written
                bad[place] = str(fault)[:300]
                continue
            lines.append(line)
            places.append(place)
        return lines, places, bad

    def _line(self, message: Message) -> str:
        """The line of a message. Raises `ValueError` with the reason when it has none."""
        self.slow += 1
        to = self._encoder(self._measurement.fill(message))
        point = self._tag_values(message), self._field_values(message), self._time_ns(message)
        line = to.line(*point)
        if line is None:
            raise ValueError(_why(to, *point))
        if self._usual is not None:
            self._usual.learn(message, to)
        return line

    def take_refused(self) -> dict[str, int]:
        """How many fields and rows were left out since the last call, by reason."""
        counted: dict[str, int] = {}
        for encoder in self._encoders.values():
            for reason, n in encoder.refused.items():
                counted[reason] = counted.get(reason, 0) + n
            encoder.refused.clear()
        return counted

    def _encoder(self, measurement: str) -> LineEncoder:
        found = self._encoders.get(measurement)
        if found is None:
            if len(self._encoders) >= MOST_MEASUREMENTS:
                del self._encoders[next(iter(self._encoders))]
            found = LineEncoder(measurement, self._tags, precision=self._precision, integers=self._integers)
            self._encoders[measurement] = found
        return found

    def _tag_values(self, message: Message) -> tuple[object, ...]:
        meta = message.meta
        values = tuple([meta.get(name) for name in self._tags])
        if None in values and type(message.payload) is dict:
            payload = message.payload
            return tuple([payload.get(n) if v is None else v for n, v in zip(self._tags, values, strict=True)])
        return values

    def _field_values(self, message: Message) -> Mapping[str, object]:
        if self._fields is not None:
            return {name: pick(message) for name, pick in self._fields}
        payload = message.payload
        if type(payload) is not dict:
            return {"value": payload} if type(payload) in _NUMBERS else {}
        tags = self._tag_names
        return {name: value for name, value in payload.items() if type(value) in _NUMBERS and name not in tags}

    def _time_ns(self, message: Message) -> int | None:
        if self._time is None:
            return message.time_ns or message.arrived_ns or None
        found = self._time(message)
        if type(found) is float:
            found = int(found)
        if type(found) is not int:
            raise ValueError(f"time is {type(found).__name__}, not nanoseconds since 1970")
        return found


def _why(encoder: LineEncoder, tags: tuple[object, ...], fields: Mapping[str, object], time_ns: int | None) -> str:
    """Why a row has no line, found by encoding it once more on a clean count."""
    counted, encoder.refused = encoder.refused, Counter()
    encoder.line(tags, fields, time_ns)
    reasons = [reason for reason in encoder.refused if reason != NO_FIELDS]
    encoder.refused = counted
    return f"cannot be written: {', '.join(reasons)}" if reasons else "no number in the payload"
