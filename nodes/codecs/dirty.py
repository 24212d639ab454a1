"""Records with a blemish, mended: a field that is not finite is null, what stands around a JSON text is left out.

One bad field must not cost the record, and no record may pass as text unseen (decision 5's successor). Never here: how
formats are read, and who counts.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from cbor2 import undefined

from nodes.codecs.cbor import NOT_FINITE
from nodes.codecs.keys import codes_of_extensions

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_TIME = 0xFF
"""The code of a time among the extensions of MessagePack (-1)."""

_JSON_TOKEN = re.compile(
    rb'"(?:[^"\\]|\\.)*"|(?<![\w.+-])[-+]?(?:nan|inf(?:inity)?)(?![\w.])|-?\d[\d.eE+-]*', re.IGNORECASE | re.DOTALL
)
_RECORD = re.compile(rb'\s*(?:\{\s*"|\[\s*\{|\[\s*-?\d)')
_NOT_FINITE: Mapping[str, re.Pattern[bytes]] = {
    "msgpack": re.compile(rb"\xca[\x7f\xff][\x80-\xff]|\xcb[\x7f\xff][\xf0-\xff]"),
    "cbor": re.compile(rb"\xf9[\x7c-\x7f\xfc-\xff]|\xfa[\x7f\xff][\x80-\xff]|\xfb[\x7f\xff][\xf0-\xff]|\xf7"),
}
"""How a number that is none begins on the wire (IEEE 754: all bits of the exponent are set); in CBOR undefined too."""


def bare(data: bytes) -> bytes:
    """A JSON text without the byte order mark before it and the NULs behind it."""
    return data.removeprefix(BYTE_ORDER_MARK).rstrip(b"\0")


def begins_like_a_record(data: bytes) -> bool:
    """Whether these bytes were meant as a JSON record: `{"`, `[{`, or `[` and a number."""
    return _RECORD.match(data) is not None


def finite_json(data: bytes) -> tuple[bytes, int]:
    """A JSON record with null for NaN, Infinity and every number that no double holds; and how many these are."""
    found = 0

    def mended(match: re.Match[bytes]) -> bytes:
        nonlocal found
        token = match[0]
        if token[:1] == b'"' or (token[-1:].isdigit() and _is_finite(token)):
            return token
        if token[-1:].isdigit() or token[-1:].isalpha():
            found += 1
            return b"null"
        return token

    return _JSON_TOKEN.sub(mended, data), found


def _is_finite(token: bytes) -> bool:
    try:
        return math.isfinite(float(token))
    except ValueError:
        return True  # no number: JSON's reader says what it is


def may_hold_what_is_not_finite(data: bytes, form: str) -> bool:
    """Whether MessagePack or CBOR can hold NaN or an infinity; text and bytes in it may look like one."""
    return _NOT_FINITE[form].search(data) is not None


def finite(value: Any) -> tuple[Any, int]:
    """The value with null for every number in it that is not finite, and how many these are; undefined is null too."""
    found, changed = 0, False

    def mended(value: Any) -> Any:
        nonlocal found, changed
        kind = type(value)
        if kind is float and value - value != 0.0:
            found += 1
            return None
        if value is undefined:
            changed = True
            return None
        if kind is list:
            return [mended(each) for each in value]
        if kind is dict:
            return {key: mended(each) for key, each in value.items()}
        return value

    result = mended(value)
    return (result, found) if found or changed else (value, 0)


def finite_record(value: Any, count: Callable[[str, int], None]) -> Any:
    """A list or map with null for every number in it that is not finite, told to `count`; a bare number as it is."""
    if type(value) not in (dict, list):
        return value
    value, found = finite(value)
    if found:
        count(NOT_FINITE, found)
    return value


def bad_times_as_null(data: bytes) -> tuple[Any, int]:
    """What MessagePack holds, with null for times that no calendar has or that are none, and how many; ValueError."""
    places = codes_of_extensions(data)
    taken = {data[place] for place in places}
    ours = next((code for code in range(0x80) if code not in taken), None)
    if ours is None:
        raise ValueError("a time is none")
    marked, lost = bytearray(data), 0
    for place in places:
        if marked[place] == _TIME:
            marked[place] = ours

    def time_of(code: int, content: memoryview) -> Any:
        nonlocal lost
        if code != ours:
            return msgspec.msgpack.Ext(code, bytes(content))
        try:
            return msgspec.msgpack.decode(bytes((0xC7, len(content) & 0xFF, _TIME)) + bytes(content))
        except (msgspec.DecodeError, msgspec.ValidationError):
            lost += 1
            return None

    return msgspec.msgpack.decode(marked, ext_hook=time_of), lost
