"""InfluxDB line protocol, written: points become lines.

Here live escaping, field types and the cached prefix of a series. Never here: HTTP, batching, retries. Reading lines is
in `line_text`, reading a server's answer in `line_rejects`, splitting by trial in `bisection`.
Source: InfluxDB line protocol reference (v1 and v2); corners were tried on influxd 1.6.7
(docs/decisions/0006-reasoned-vectors.md).
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar

import msgspec

from nodes.batches.bisection import bisect_bad
from nodes.codecs.line_protocol.rejects import rejected_lines

__all__ = [
    "LineEncoder",
    "bisect_bad",
    "escape_field_key",
    "escape_key",
    "escape_measurement",
    "field_text",
    "number_texts",
    "rejected_lines",
]

K = TypeVar("K")
V = TypeVar("V")
Precision = Literal["s", "ms", "us", "ns"]
Integers = Literal["int", "float"]

UNIT_NS: Mapping[str, int] = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
LATEST_NS = 2**63 - 2  # the storable range is symmetric
RESERVED = "time"  # influxd 1.x refuses it as a tag and drops it without a word as a field

NOT_FINITE = "not_finite"
OUT_OF_RANGE = "out_of_range"
WRONG_TYPE = "wrong_type"
RESERVED_NAME = "reserved_name"
EMPTY_NAME = "empty_name"
TIME_OUT_OF_RANGE = "time_out_of_range"
NO_FIELDS = "no_fields"

MOST_NAMES = 100_000  # in the sets of fields that are remembered: who sends others each time must not fill the memory
PLAIN_INTEGER = 10**15
"""Below it a float is written with the same digits as an integer."""
_TRUTH, _FLOATS, _NUMBERS = frozenset((bool,)), frozenset((float,)), frozenset((float, int))
_json = msgspec.json.Encoder().encode

_LINE_ENDS = {"\n": "\\n", "\r": "\\r"}
_IN_MEASUREMENT = str.maketrans({",": "\\,", " ": "\\ ", **_LINE_ENDS})
_UNWRITABLE = re.compile(r'\\+(?=[,= "]|\Z)')
_IN_KEY = str.maketrans({",": "\\,", " ": "\\ ", "=": "\\=", **_LINE_ENDS})


def escape_measurement(name: str) -> str:
    """The measurement as a line begins with it. Raises ValueError for a name that a server would not see.

    Line ends become the two characters backslash and n (or r); backslashes at the end go, and so do tabs and NULs at
    the start, which servers skip: none of them can be written.
    """
    text = name.translate(_IN_MEASUREMENT).rstrip("\\").lstrip("\t\0")
    if not text:
        raise ValueError("a measurement needs a name")
    if text[0] == "#":
        raise ValueError(f"measurement {name!r} begins with #: InfluxDB would take the line for a comment")
    return text


def escape_key(text: str) -> str:
    """A tag key or tag value as it stands in a line; "" when nothing is left of it."""
    return text.translate(_IN_KEY).rstrip("\\")


def escape_field_key(name: str) -> str:
    """A field key as it stands in a line; "" when nothing is left of it.

    influxd reads backslashes of field keys in pairs, those of tags one by one: here one before a separator or a quote
    cannot be written and goes.
    """
    return _UNWRITABLE.sub("", name).translate(_IN_KEY)


def field_text(value: object, integers: Integers = "int") -> tuple[str | None, str | None]:
    """(text, None) for a value that can be written, (None, reason) for one that cannot, (None, None) for None.

    integers: whether a Python int is written as an integer (`3i`) or as a float (`3`); one field must not mix both
    """
    if value is None:
        return None, None
    if isinstance(value, bool):
        return ("true" if value else "false"), None
    if isinstance(value, float):
        text = repr(float(value))
        return (None, NOT_FINITE) if value - value != 0.0 else (text.removesuffix(".0"), None)
    if isinstance(value, int):
        return _integer_text(value, integers)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"', None
    return None, WRONG_TYPE


def number_texts(key: str, values: Sequence[object], integers: Integers = "int") -> Sequence[str] | None:
    """`key` and the text of each value, as `field_text` means it, at a third of its cost; None where some are unusual.

    Usual are finite floats from 1e-4 to 1e16, truth values, and with integers="float" whole numbers of up to 15 digits.
    """
    kinds = set(map(type, values))
    if kinds == _TRUTH:
        return [key + ("true" if value else "false") for value in values]
    if kinds != _FLOATS:
        if not kinds <= _NUMBERS or not (min(values) > -PLAIN_INTEGER and max(values) < PLAIN_INTEGER):  # type: ignore[type-var,operator]
            return None
        if integers == "int":
            return [f"{key}{value}i" for value in values] if float not in kinds else None
    # One text for the whole column: JSON has the digits of repr, and null for what is not finite.
    text = _json(values).decode()
    if "e" in text or "n" in text or "0.0000" in text:  # the last: repr turns to exponents sooner
        return None
    text = (text[1:-1] + ",").replace(".0,", ",")
    return (key + text[:-1].replace(",", "\n" + key)).split("\n")


def _integer_text(value: int, integers: Integers) -> tuple[str | None, str | None]:
    if integers == "float":
        try:
            return repr(float(value)).removesuffix(".0"), None
        except OverflowError:
            return None, OUT_OF_RANGE
    if -(2**63) <= value < 2**63:
        return f"{value}i", None
    return None, OUT_OF_RANGE


class LineEncoder:
    """Lines of one measurement with a fixed list of tags; remembers the prefix of each series and each set of fields.

    `tags` names the tags; a series is the tuple of their values in the same order. All memories hold `max_series`
    entries and forget the oldest. `refused` counts by reason what was left out: fields that cannot be written, rows
    without any. `slow` counts the values and series that were written one by one instead of a column at a time.
    """

    def __init__(
        self,
        measurement: str,
        tags: Sequence[str] = (),
        *,
        precision: Precision = "ns",
        integers: Integers = "int",
        max_series: int = 10_000,
    ):
        self.refused: Counter[str] = Counter()
        self.slow = 0
        self._measurement = escape_measurement(measurement)
        self._tags = sorted((name, escape_key(name), place) for place, name in enumerate(tags))
        for name, key, _ in self._tags:
            if not key or name == RESERVED:
                raise ValueError(f"{name!r} cannot be the name of a tag")
        self._unit_ns = UNIT_NS[precision]
        self._integers: Integers = integers
        self._max_series, self._names = max_series, 0
        self._prefixes: dict[tuple[object, ...], str] = {}
        self._partial: dict[tuple[object, ...], str] = {}
        self._layouts: dict[tuple[str, ...], list[tuple[str, str]]] = {}

    def lines(
        self, prefixes: Sequence[str | None], columns: Mapping[str, Sequence[object]], times_ns: Sequence[int | None]
    ) -> Sequence[str | None]:
        """A line for each row, None where nothing is left to write; `columns` hold each field's value for every row.

        Tags and fields are in order of their names; empty and null tags, null and unwritable fields are left out.
        """
        names = tuple(columns)
        layout = self._layouts.get(names) or self._new_layout(names, columns)
        texts = [self._texts(key, columns[name]) for name, key in layout]
        whole = all(None not in column for column in texts)
        if not whole or not texts:
            rows = zip(*texts, strict=True) if texts else ((),) * len(times_ns)
            fields = [",".join([text for text in row if text is not None]) for row in rows]
        else:
            fields = texts[0] if len(texts) == 1 else list(map(",".join, zip(*texts, strict=True)))  # type: ignore[assignment]
        usual = whole and texts and None not in times_ns and None not in prefixes
        if not usual or min(times_ns) < -LATEST_NS or max(times_ns) > LATEST_NS:  # type: ignore[type-var,operator]
            return [self._joined(*row) for row in zip(prefixes, fields, times_ns, strict=True)]
        unit_ns = self._unit_ns
        stamps = times_ns if unit_ns == 1 else [time_ns // unit_ns for time_ns in times_ns]  # type: ignore[operator]
        return [f"{prefix}{field} {stamp}" for prefix, field, stamp in zip(prefixes, fields, stamps, strict=True)]

    def _joined(self, prefix: str | None, fields: str, time_ns: int | None) -> str | None:
        if prefix is None:
            return None
        if not fields:
            self.refused[NO_FIELDS] += 1
            return None
        if time_ns is None:
            return prefix + fields
        if not -LATEST_NS <= time_ns <= LATEST_NS:
            self.refused[TIME_OUT_OF_RANGE] += 1
            return None
        return f"{prefix}{fields} {time_ns // self._unit_ns}"

    def _texts(self, key: str, values: Sequence[object]) -> Sequence[str | None]:
        """The fields of one name with their values; None where there is none."""
        return number_texts(key, values, self._integers) or [self._text(key, value) for value in values]

    def _text(self, key: str, value: object) -> str | None:
        self.slow += 1
        written, reason = field_text(value, self._integers)
        if reason is not None:
            self.refused[reason] += 1
        return None if written is None else key + written

    def known_prefixes(self, series: Sequence[tuple[object, ...]]) -> Sequence[str] | None:
        """As `prefixes`, for series of texts that all were seen before; None when one was not."""
        known = self._prefixes
        try:
            return [known[values] for values in series]
        except (KeyError, TypeError):
            return None

    def prefixes(self, series: Sequence[tuple[object, ...]]) -> Sequence[str | None]:
        """What every line of these series begins with, the space before its fields included.

        None for a series whose tag is no single value (counted as of a wrong type).
        """
        return [self._prefix(values) for values in series]

    def _prefix(self, tag_values: tuple[object, ...]) -> str | None:
        self.slow += 1
        for value in tag_values:
            if isinstance(value, list | dict):
                self.refused[WRONG_TYPE] += 1
                return None
        return self._prefixes.get(tag_values) or self._partial.get(tag_values) or self._new_prefix(tag_values)

    def _new_prefix(self, tag_values: tuple[object, ...]) -> str:
        text = self._measurement
        for _, key, place in self._tags:
            value = tag_values[place]
            escaped = "" if value is None else escape_key(value if isinstance(value, str) else str(value))
            if escaped:
                text += f",{key}={escaped}"
        # 1, 1.0 and True are one dictionary key but three tag values: only text is remembered.
        if all(isinstance(value, str) for value in tag_values):
            _remember(self._prefixes, tag_values, text + " ", self._max_series)
        elif all(isinstance(value, str) or value is None for value in tag_values):
            _remember(self._partial, tag_values, text + " ", self._max_series)
        return text + " "

    def _new_layout(self, names: tuple[str, ...], columns: Mapping[str, Sequence[object]]) -> list[tuple[str, str]]:
        layout = []
        for name in sorted(names):
            key = escape_field_key(name)
            if key and name != RESERVED:
                layout.append((name, key + "="))
            elif values := sum(value is not None for value in columns[name]):
                self.refused[RESERVED_NAME if key else EMPTY_NAME] += values
        # A layout with refused names is made again each time, so that each refusal is counted.
        if len(layout) == len(names):
            self._names += len(names)
            if self._names > MOST_NAMES:
                self._layouts.clear()
                self._names = len(names)
            _remember(self._layouts, names, layout, self._max_series)
        return layout


def _remember(memory: dict[K, V], key: K, value: V, most: int) -> None:
    if len(memory) >= most:
        del memory[next(iter(memory))]
    memory[key] = value
