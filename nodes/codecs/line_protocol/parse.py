"""InfluxDB line protocol, read: a body becomes points, or a reason for each line that is none.

Never here: writing (line_protocol). Strict as influxd 1.6.7, except that a carriage return before the line end is
allowed, as in InfluxDB 2, and the suffix `u` is known.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

FieldValue = float | int | bool | str

_UNIT_NS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_LATEST_NS = 2**63 - 2
_STRING = r'"(?:\\.|[^"\\]){0,65536}+"'  # the longest string a server stores; it also bounds the search for its end
_MEASUREMENT = re.compile(r"(?:\\[, ]|[^, \n])*+")
_KEY = re.compile(r"(?:\\[,= ]|[^,= \n])*+")
_VALUE = re.compile(rf'{_STRING}|[^", \n]*+', re.DOTALL)
_SPACES = re.compile(" *+")
_TIME = re.compile(r"(-?\d{1,19})? *\r?(?:\n|\Z)", re.ASCII)
_FLOAT = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"(-?\d{1,20})([iu])", re.ASCII)
_REST = re.compile(rf'(?:[^"\n]++|{_STRING})*+(?:"[^\n]*+)?', re.DOTALL)
_BLANK = re.compile(r"(?:[ \t\r]*(?:#[^\n]*)?\n)*+[ \t\r]*(?:#[^\n]*\Z)?")
_ESCAPED = re.compile(r"\\([,= ])")
_ESCAPED_IN_STRING = re.compile(r'\\(["\\])')
_BOOLEANS = dict.fromkeys(("t", "T", "true", "True", "TRUE"), True) | dict.fromkeys(
    ("f", "F", "false", "False", "FALSE"), False
)


class Point(NamedTuple):
    """One line that was read: `fields` holds float, int (`i` or `u`), bool and str; time in UTC epoch ns or None."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, FieldValue]
    time_ns: int | None


class BadLine(NamedTuple):
    """One line that could not be read, and why."""

    line: str
    reason: str


class _Unreadable(ValueError):
    pass


def parse(body: str, precision: str = "ns") -> Iterator[Point | BadLine]:
    """A Point or a BadLine for each line of `body`, in order; blank lines and comments give nothing.

    A line end inside a quoted field belongs to the field.
    """
    place = _skip(_BLANK, body, 0)
    while place < len(body):
        start = place
        try:
            point, place = _point(body, place, _UNIT_NS[precision])
            yield point
        except _Unreadable as error:
            place = _skip(_REST, body, start)
            yield BadLine(body[start:place], str(error))
            place += 1
        place = _skip(_BLANK, body, place)


def _skip(pattern: re.Pattern[str], body: str, place: int) -> int:
    match = pattern.match(body, place)
    return place if match is None else match.end()


def _point(body: str, place: int, unit_ns: int) -> tuple[Point, int]:
    end = _skip(_MEASUREMENT, body, place)
    measurement = body[place:end]
    if not measurement:
        raise _Unreadable("missing measurement")
    tags: dict[str, str] = {}
    while body[end : end + 1] == ",":
        key, end = _key(body, end + 1, "tag")
        start, end = end, _skip(_KEY, body, end)
        if start == end:
            raise _Unreadable("missing tag value")
        tags[key] = _ESCAPED.sub(r"\1", body[start:end])
    if body[end : end + 1] not in (" ", ""):
        raise _Unreadable("invalid tag format")
    fields, end = _fields(body, _skip(_SPACES, body, end))
    time_ns, end = _time(body, end, unit_ns)
    return Point(re.sub(r"\\([, ])", r"\1", measurement), tags, fields, time_ns), end


def _key(body: str, start: int, what: str) -> tuple[str, int]:
    end = _skip(_KEY, body, start)
    if start == end:
        raise _Unreadable(f"missing {what} key")
    if body[end : end + 1] != "=":
        raise _Unreadable("missing tag value" if what == "tag" else "invalid field format")
    return _ESCAPED.sub(r"\1", body[start:end]), end + 1


def _fields(body: str, place: int) -> tuple[dict[str, FieldValue], int]:
    if body[place : place + 1] in ("", "\n"):
        raise _Unreadable("missing fields")
    fields: dict[str, FieldValue] = {}
    while True:
        key, start = _key(body, place, "field")
        place = _skip(_VALUE, body, start)
        fields[key] = _value(body[start:place].rstrip("\r"))
        if body[place : place + 1] != ",":
            return fields, place
        place += 1


def _value(text: str) -> FieldValue:
    if not text:
        raise _Unreadable("missing field value")
    if text[0] == '"':
        return _ESCAPED_IN_STRING.sub(r"\1", text[1:-1])
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    whole = _INTEGER.fullmatch(text)
    if whole is not None:
        value = int(whole[1])
        low, high = (-(2**63), 2**63) if whole[2] == "i" else (0, 2**64)
        if not low <= value < high:
            raise _Unreadable("integer out of range")
        return value
    if _FLOAT.fullmatch(text) is None:
        raise _Unreadable("invalid number or boolean")
    number = float(text)
    if number - number != 0.0:
        raise _Unreadable("number out of range")
    return number


def _time(body: str, place: int, unit_ns: int) -> tuple[int | None, int]:
    match = _TIME.match(body, _skip(_SPACES, body, place))
    if match is None:
        raise _Unreadable("bad timestamp")
    if match[1] is None:
        return None, match.end()
    time_ns = int(match[1]) * unit_ns
    if abs(time_ns) > _LATEST_NS:
        raise _Unreadable("time outside range")
    return time_ns, match.end()
