"""Values made to fit columns: each function takes what a payload may hold and gives what a driver can write.

They raise ValueError with words for people, so that a bad row is told with its column before any database sees it.
None stays None. No I/O, no dialect. Numbers: `numbers`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec

from flowengine.counts import count_of
from nodes.codecs.plain import plain
from nodes.values.instants import instant_ns
from nodes.values.shown import shown

Fit = Callable[[Any], Any]
LONGEST: WeakKeyDictionary[Fit, int | None] = WeakKeyDictionary()
"""Of each fit for text without NUL."""

_GEOMETRY_BYTES = 4 + 1 + 4 + 4
"""Its system, the order of its bytes, its kind, a count at least."""

_NUL = "holds a NUL character, which no text there can"
HALF_A_PAIR = "holds half of a surrogate pair"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ENDS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d(\.\d{1,6})?)?", re.ASCII)
_END_OF_DAY = re.compile(r"24:00(:00(\.0{1,6})?)?", re.ASCII)
_SPAN = re.compile(r"-?\d{1,3}:[0-5]\d(:[0-5]\d(\.\d{1,6})?)?", re.ASCII)
_NUL_OF_JSON = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def _plainly(value: Any) -> Any:
    """What JSON has of a value that only CBOR or MessagePack has, or that no format has."""
    try:
        return plain(value)
    except TypeError:
        return str(value)


_json = msgspec.json.Encoder(enc_hook=_plainly).encode


def fitted(name: str, fit: Fit, value: Any) -> Any:
    """The value made to fit. Raises ValueError that says for which name."""
    try:
        return fit(value)
    except (ValueError, TypeError, OverflowError) as fault:
        raise ValueError(f"{name}: {in_words(fault)}") from fault


def in_words(fault: Exception) -> str:
    """Why a value does not fit, without a library's words."""
    return HALF_A_PAIR if isinstance(fault, UnicodeEncodeError) else str(fault)


def moment(value: Any) -> datetime:
    """A point in time (UTC) by the rule of `instant_ns`; to the microsecond."""
    return moment_of(instant_ns(value))


def moment_of(time_ns: int) -> datetime:
    """The point in time (UTC) so many nanoseconds after 1970, to the microsecond. Raises ValueError."""
    try:
        return EPOCH + timedelta(microseconds=time_ns // 1000)
    except OverflowError:
        raise ValueError(f"{time_ns} is outside the years 1 to 9999") from None


def as_time(value: Any) -> datetime | None:
    """A time with its zone, UTC."""
    return None if value is None else moment(value)


def as_naive_time(value: Any) -> datetime | None:
    """UTC without saying so."""
    return None if value is None else moment(value).replace(tzinfo=None)


def as_time_text(value: Any) -> str | None:
    """RFC 3339 in UTC, always to the microsecond: the order of such texts is that of their times."""
    return None if value is None else time_text(moment(value))


def time_text(value: datetime) -> str:
    """The form in which SQLite keeps a time."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def of_times(fit: Fit) -> Fit:
    """What a column takes of a time in nanoseconds, given what it takes of any value.

    A column of numbers has the number, one of text, or of anything, the text that SQLite keeps.
    """
    if fit in LONGEST or fit is as_simple:
        return lambda time_ns: fit(time_text(moment_of(time_ns)))
    try:
        fit(EPOCH)
    except (ValueError, TypeError):
        return fit
    return lambda time_ns: fit(moment_of(time_ns))


def as_date(value: Any) -> date | None:
    """The date of a text or time (UTC)."""
    if value is None:
        return None
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{shown(value)} is not a date") from None
    return moment(value).date()


def as_clock(value: Any) -> time | None:
    """A time of day: HH:MM, HH:MM:SS, or that of a point in time (UTC)."""
    if value is None or isinstance(value, time):
        return value
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        try:
            return time.fromisoformat(value.rjust(5, "0") if value.count(":") == 1 else value.zfill(8))
        except ValueError:
            raise ValueError(f"{shown(value)} is not a time of day") from None
    return moment(value).time()


def as_span(value: Any) -> str | time | None:
    """A time of day, or a span of up to 838 hours, also below zero (`-36:30:00`), as MySQL keeps both."""
    return value if isinstance(value, str) and _SPAN.fullmatch(value) else as_clock(value)


def as_text(value: Any) -> str | None:
    """Text as it is, without half of a pair; anything else as JSON."""
    if isinstance(value, str):
        _check_pairs(value)
        return value
    if value is None:
        return None
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode()
    if isinstance(value, datetime | date | time):
        return value.isoformat().replace("+00:00", "Z")
    return _json(value).decode()


def text_without_nul(longest: int | None = None) -> Fit:
    """Text of at most so many characters, none of them NUL or half of a pair."""

    def fit(value: Any) -> str | None:
        text = as_text(value)
        if text is None:
            return None
        if "\0" in text:
            raise ValueError(_NUL)
        if longest is not None and len(text.rstrip(" ")) > longest:
            raise ValueError(f"{count_of(len(text), 'character is', 'characters are')} more than {longest}")
        return text

    LONGEST[fit] = longest
    return fit


def _check_pairs(text: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError(HALF_A_PAIR) from None


def as_bytes(value: Any) -> bytes | None:
    """Bytes as they are; text and anything else in UTF-8."""
    if value is None:
        return None
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    return (as_text(value) or "").encode()


def as_geometry(value: Any) -> bytes | None:
    """A geometry as MySQL keeps it: the number of its system in four bytes, then WKB."""
    if value is not None and (not isinstance(value, bytes | bytearray | memoryview) or len(value) < _GEOMETRY_BYTES):
        raise ValueError(f"{shown(value)} is not a geometry, which is bytes there")
    return None if value is None else bytes(value)


def as_json(value: Any) -> str | None:
    """Any value as JSON."""
    return None if value is None else _json(value).decode()


def as_json_without_nul(value: Any) -> str | None:
    """Any value as JSON whose texts hold no NUL."""
    text = as_json(value)
    if text is not None and _NUL_OF_JSON.search(text):
        raise ValueError(_NUL)
    return text


def as_uuid(value: Any) -> UUID | None:
    """A UUID of its text or its 16 bytes."""
    if value is None or isinstance(value, UUID):
        return value
    try:
        return UUID(bytes=bytes(value)) if isinstance(value, bytes) else UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise ValueError(f"{shown(value)} is not a UUID") from None


def as_literal(value: Any) -> str | None:
    """The text from which the server makes whatever type the column has; lists are arrays `{…}`."""
    if value is None or isinstance(value, str):
        return as_text(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    if isinstance(value, list | tuple):
        return "{" + ",".join(map(_item, value)) + "}"
    return as_text(value)


def generated(value: Any) -> Any:
    """For a column that the database makes itself."""
    raise ValueError("the database makes this value itself; leave the column out")


def as_finite_time(value: Any) -> datetime | None:
    """A time with its zone, UTC; not the first or last of all, which PostgreSQL's driver takes for infinities."""
    return None if value is None else _within_ends(value, moment(value))


def as_finite_naive_time(value: Any) -> datetime | None:
    """As `as_finite_time`, without its zone."""
    return None if value is None else _within_ends(value, moment(value)).replace(tzinfo=None)


def _within_ends(value: Any, found: datetime) -> datetime:
    if found in _ENDS:
        raise ValueError(f"{shown(value)} would be stored as an infinity")
    return found


def as_date_text(value: Any) -> str | None:
    """A date as text, from which the server makes what the column has."""
    found = as_date(value)
    return None if found is None else found.isoformat()


def as_clock_text(value: Any) -> str | None:
    """A time of day as text, 24:00 among them, which only the server knows."""
    if isinstance(value, str) and _END_OF_DAY.fullmatch(value):
        return value
    found = as_clock(value)
    return None if found is None else found.isoformat()


def as_simple(value: Any) -> Any:
    """What any driver can write: lists and maps as JSON."""
    if isinstance(value, str):
        return as_text(value)
    if value is None or isinstance(value, int | float | bytes | datetime | date | time | Decimal):
        return value
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    return str(value) if isinstance(value, UUID) else as_json(value)


def _item(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list | tuple):
        return str(as_literal(value))
    text = str(as_literal(value)).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


LONGEST[as_text] = None
