"""Lines of the usual message at a third of the cost: a known series, a payload of a known shape, ordinary numbers.

It remembers what `LineEncoder` found out; whatever it has not seen before, or is anything but usual, it leaves to that.
Never here: escaping, what else can be a field, what a refusal is called. Its worth in figures: bench/RESULTS.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from flowengine import Message, Messages
from nodes.codecs.line_protocol.encode import LATEST_NS, RESERVED, Integers, LineEncoder, escape_field_key

MOST_SERIES = 10_000
MOST_SHAPES = 1_000
PLAIN_INTEGER = 10**15
"""Below it a float is written with the same digits as an integer."""


class UsualLines:
    """For one measurement whose tags all are texts in meta and whose fields are all numbers of the payload."""

    def __init__(self, tags: Sequence[str], unit_ns: int, integers: Integers):
        self._tags = tuple(tags)
        self._values_of: Callable[[Mapping[str, Any]], Any] = itemgetter(*self._tags)
        self._unit_ns = unit_ns
        self._suffix = "i" if integers == "int" else ""
        self._prefixes: dict[Any, str] = {}
        self._shapes: dict[tuple[Any, ...], tuple[tuple[str, Any], ...]] = {}

    def lines(self, messages: Messages) -> list[str | None]:
        """Each message's line, or None where it is not a usual one."""
        prefixes, shapes, values_of, unit_ns = self._prefixes, self._shapes, self._values_of, self._unit_ns
        lines: list[str | None] = []
        for message in messages:
            payload, time_ns, fields = message.payload, message.time_ns, ""
            try:
                prefix = prefixes[values_of(message.meta)]
                for name, key in shapes[tuple(payload)]:
                    value = payload[name]
                    if type(value) is float and value - value == 0.0:
                        text = repr(value)
                        fields += key + (text[:-2] if text[-2:] == ".0" else text)
                    elif type(value) is int and -PLAIN_INTEGER < value < PLAIN_INTEGER:
                        fields += key + str(value) + self._suffix
                    elif value is not None and type(value) is not str:
                        fields = ""
                        break
            except (KeyError, TypeError):
                fields = ""
            usual = fields and type(payload) is dict and 0 < time_ns <= LATEST_NS
            lines.append(f"{prefix}{fields[1:]} {time_ns // unit_ns}" if usual else None)
        return lines

    def learn(self, message: Message, encoder: LineEncoder) -> None:
        """Remember the series and the shape of a message that `encoder` has written."""
        values = tuple([message.meta.get(name) for name in self._tags])
        if type(message.payload) is not dict or not all(type(value) is str for value in values):
            return
        if len(self._prefixes) >= MOST_SERIES:
            self._prefixes.clear()
        if len(self._shapes) >= MOST_SHAPES:
            self._shapes.clear()
        self._prefixes[self._values_of(message.meta)] = encoder.prefix(values)
        names = tuple(message.payload)
        if names not in self._shapes and all(type(name) is str for name in names):
            self._shapes[names] = tuple((name, _key(name)) for name in sorted(names) if name not in self._tags)


def _key(name: str) -> str | None:
    """How the field begins; None, which cannot be joined to a number, for a name that cannot be written."""
    key = escape_field_key(name)
    return f",{key}=" if key and name != RESERVED else None
