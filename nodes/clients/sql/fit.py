"""Values made to fit columns: each function takes what a payload may hold and gives what a driver can write.

They raise ValueError with words for people, so that a bad row is told with its column before any database sees it.
None stays None. No I/O, no dialect.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec

from nodes.values.instants import instant_ns

Fit = Callable[[Any], Any]
BOUNDS: WeakKeyDictionary[Fit, tuple[int, int]] = WeakKeyDictionary()
"""Of each fit for whole numbers."""

LONGEST: WeakKeyDictionary[Fit, int | None] = WeakKeyDictionary()
"""Of each fit for text without NUL."""

LARGEST_REAL = 3.4028234663852886e38
LONGEST_NUMBER = 2_000
"""Characters of a decimal's text; longer ones take quadratic time."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d(\.\d{1,6})?)?", re.ASCII)
_json = msgspec.json.Encoder(enc_hook=str).encode


def fitted(name: str, fit: Fit, value: Any) -> Any:
    """The value made to fit. Raises ValueError that says for which name."""
    try:
        return fit(value)
    except (ValueError, TypeError, OverflowError) as fault:
        raise ValueError(f"{name}: {fault}") from fault


def moment(value: Any) -> datetime:
    """A point in time (UTC) by the rule of `instant_ns`; to the microsecond."""
    try:
        return EPOCH + timedelta(microseconds=instant_ns(value) // 1000)
    except OverflowError:
        raise ValueError(f"{_short(value)} is outside the years 1 to 9999") from None


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


def as_date(value: Any) -> date | None:
    """The date of a text or time (UTC)."""
    if value is None:
        return None
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{_short(value)} is not a date") from None
    return moment(value).date()


def as_clock(value: Any) -> time | None:
    """A time of day: HH:MM, HH:MM:SS, or that of a point in time (UTC)."""
    if value is None or isinstance(value, time):
        return value
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        try:
            return time.fromisoformat(value.rjust(5, "0") if value.count(":") == 1 else value.zfill(8))
        except ValueError:
            raise ValueError(f"{_short(value)} is not a time of day") from None
    return moment(value).time()


def as_float(value: Any) -> float | None:
    """A float, NaN and infinities among them."""
    if type(value) is float or value is None:
        return value
    if isinstance(value, int):
        try:
            return float(value)
        except OverflowError:
            raise ValueError(f"{_short(value)} is too large") from None
    if isinstance(value, Decimal):
        return float(value)
    raise ValueError(f"{_short(value)} is not a number")


def as_finite(value: Any) -> float | None:
    """A float that is a number."""
    found = as_float(value)
    if found is not None and found - found != 0.0:
        raise ValueError(f"{found} cannot be stored")
    return found


def as_real(value: Any) -> float | None:
    """A float of 32 bits."""
    found = as_float(value)
    if found is not None and found - found == 0.0 and abs(found) > LARGEST_REAL:
        raise ValueError(f"{found} is too large for a float of 32 bits")
    return found


def whole(lowest: int, highest: int) -> Fit:
    """A whole number within these bounds; floats without a fraction are such."""

    def fit(value: Any) -> int | None:
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int):
            raise ValueError(f"{_short(value)} is not a whole number")
        if not lowest <= value <= highest:
            raise ValueError(f"{_short(value)} is not between {lowest} and {highest}")
        return int(value)

    BOUNDS[fit] = (lowest, highest)
    return fit


def decimal(digits: int | None = None, after: int = 0) -> Fit:
    """A decimal number; with at most so many digits, so many of them after the point."""

    def fit(value: Any) -> Decimal | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise ValueError(f"{_short(value)} is not a number")
        try:
            if isinstance(value, int | str) and len(str(value)) > LONGEST_NUMBER:
                raise ValueError
            found = Decimal(str(value).strip())
        except (InvalidOperation, ValueError):
            raise ValueError(f"{_short(value)} is not a number") from None
        if digits is not None and found.is_finite() and found and found.adjusted() >= digits - after:
            raise ValueError(f"{_short(value)} has more than {digits - after} digits before the point")
        return found

    return fit


def finite_decimal(value: Any) -> Decimal | None:
    """A decimal number that is one."""
    found: Decimal | None = decimal()(value)
    if found is not None and not found.is_finite():
        raise ValueError(f"{found} cannot be stored")
    return found


def as_bool(value: Any) -> bool | None:
    """True and false, 1 and 0."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    raise ValueError(f"{_short(value)} is neither true nor false")


def as_text(value: Any) -> str | None:
    """Text as it is; anything else as JSON."""
    if value is None or isinstance(value, str):
        return value
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
            raise ValueError("holds a NUL character, which no text there can")
        if longest is not None and len(text.rstrip(" ")) > longest:
            raise ValueError(f"{len(text)} characters are more than {longest}")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError("holds half of a surrogate pair") from None
        return text

    LONGEST[fit] = longest
    return fit


def as_bytes(value: Any) -> bytes | None:
    """Bytes as they are; text and anything else in UTF-8."""
    if value is None:
        return None
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    return (as_text(value) or "").encode()


def as_json(value: Any) -> str | None:
    """Any value as JSON."""
    return None if value is None else _json(value).decode()


def as_uuid(value: Any) -> UUID | None:
    """A UUID of its text or its 16 bytes."""
    if value is None or isinstance(value, UUID):
        return value
    try:
        return UUID(bytes=bytes(value)) if isinstance(value, bytes) else UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise ValueError(f"{_short(value)} is not a UUID") from None


def as_literal(value: Any) -> str | None:
    """The text from which the server makes whatever type the column has; lists are arrays `{…}`."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    if isinstance(value, list | tuple):
        return "{" + ",".join(map(_item, value)) + "}"
    return as_text(value)


def as_simple(value: Any) -> Any:
    """What any driver can write: lists and maps as JSON."""
    if value is None or isinstance(value, str | int | float | bytes | datetime | date | time | Decimal):
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


def _short(value: Any) -> str:
    return repr(value)[:60]
