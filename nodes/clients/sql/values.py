"""From payload values to what a column takes, and from a database's values to payloads. No I/O, no dialect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

import msgspec

Kind = Literal["time", "naive_time", "time_text", "float", "finite", "int", "bool", "text", "json", "bytes", "other"]
"""What a column holds. `naive_time` is UTC without saying so; `finite` is a float that knows no NaN."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_json = msgspec.json.Encoder(enc_hook=str).encode


def kind_of(value: Any) -> Kind | None:
    """The kind a new column gets for its first value; None for no value. All numbers become floats."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "float"
    if isinstance(value, str):
        return "text"
    if isinstance(value, datetime):
        return "time"
    return "bytes" if isinstance(value, bytes | bytearray | memoryview) else "json"


def converter(kind: Kind) -> Callable[[Any], Any]:
    """The function that makes a value fit a column; it raises ValueError with words for people. None stays None."""
    return _CONVERTERS[kind]


def column_converter(kind: Kind) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """As `converter`, for the values of a whole column; values that fit as they are cost no call each."""
    fit, as_it_is, quick = converter(kind), _AS_IT_IS.get(kind, frozenset()), _QUICK.get(kind)

    def fitted(values: Sequence[Any]) -> Sequence[Any]:
        kinds = set(map(type, values))
        if kinds <= as_it_is:
            return values
        if quick is not None and kinds == _INTEGERS:
            try:
                return quick(values)
            except OverflowError:
                pass  # a time that no calendar has: told by the row that has it
        return [fit(value) for value in values]

    return fitted


def moment(value: Any) -> datetime:
    """A point in time (UTC) out of nanoseconds since 1970, RFC 3339 text or a datetime; to the microsecond."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{_short(value)} is not a time")
    try:
        return _EPOCH + timedelta(microseconds=int(value) // 1000)
    except OverflowError:
        raise ValueError(f"{value} ns is outside the years 1 to 9999") from None


def plain(value: Any) -> Any:
    """A database's value as a payload has it: times are RFC 3339 text, decimals are floats."""
    if isinstance(value, datetime):
        return moment(value).isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | time | UUID | timedelta):
        return str(value)
    return bytes(value) if isinstance(value, memoryview | bytearray) else value


def _float(value: Any) -> float | None:
    if type(value) is float or value is None:
        return value
    if isinstance(value, int):
        return float(value)
    raise ValueError(f"{_short(value)} is not a number")


def _finite(value: Any) -> float | None:
    number = _float(value)
    if number is not None and number - number != 0.0:
        raise ValueError(f"{number} cannot be stored")
    return number


def _int(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise ValueError(f"{_short(value)} is not a whole number")


def _bool(value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    raise ValueError(f"{_short(value)} is neither true nor false")


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode()
    return _json(value).decode()


def _bytes(value: Any) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    return (_text(value) or "").encode()


def _json_text(value: Any) -> str | None:
    return None if value is None else _json(value).decode()


def _time(value: Any) -> datetime | None:
    return None if value is None else moment(value)


def _naive_time(value: Any) -> datetime | None:
    return None if value is None else moment(value).replace(tzinfo=None)


def _time_text(value: Any) -> str | None:
    return None if value is None else moment(value).isoformat().replace("+00:00", "Z")


@lru_cache(4096)
def _second_text(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]


def _moments(times_ns: Sequence[int]) -> list[datetime]:
    return [_EPOCH + timedelta(microseconds=time_ns // 1000) for time_ns in times_ns]


def _time_texts(times_ns: Sequence[int]) -> list[str]:
    """As `_time_text`; the times of a batch share their seconds."""
    parts = [divmod(time_ns // 1000, 1_000_000) for time_ns in times_ns]
    return [f"{_second_text(s)}.{us:06d}Z" if us else f"{_second_text(s)}Z" for s, us in parts]


def _as_it_is(value: Any) -> Any:
    return _json_text(value) if isinstance(value, dict | list) else value


def _short(value: Any) -> str:
    return repr(value)[:60]


_CONVERTERS: dict[Kind, Callable[[Any], Any]] = {
    "time": _time,
    "naive_time": _naive_time,
    "time_text": _time_text,
    "float": _float,
    "finite": _finite,
    "int": _int,
    "bool": _bool,
    "text": _text,
    "json": _json_text,
    "bytes": _bytes,
    "other": _as_it_is,
}

_NONE, _INTEGERS = type(None), frozenset((int,))
_AS_IT_IS: dict[Kind, frozenset[type]] = {
    "float": frozenset((float, _NONE)),
    "int": frozenset((int, _NONE)),
    "bool": frozenset((bool, _NONE)),
    "text": frozenset((str, _NONE)),
    "bytes": frozenset((bytes, _NONE)),
    "other": frozenset((str, int, float, bool, bytes, _NONE)),
}
"""Of which types a column of a kind takes every value as it is."""
_QUICK: dict[Kind, Callable[[Sequence[int]], Sequence[Any]]] = {"time": _moments, "time_text": _time_texts}
