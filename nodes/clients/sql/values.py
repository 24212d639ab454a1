"""The kinds of new columns, and from a database's values to payloads. No I/O, no dialect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

Kind = Literal["time", "float", "int", "bool", "text", "json", "bytes"]
"""What a column is made for."""


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


def plain(value: Any, other: Callable[[Any], Any] = str) -> Any:
    """A database's value as a payload has it: times are RFC 3339 text, spans `36:30:00`, decimals are numbers.

    `other` makes what a payload has of types that only a driver knows.
    """
    if isinstance(value, datetime):
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware.isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        whole = value.is_finite() and value == value.to_integral_value() and "." not in str(value)
        return int(value) if whole else float(value)
    if isinstance(value, timedelta):
        return _span(value)
    if isinstance(value, date | time | UUID):
        return str(value)
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    if isinstance(value, list | tuple):
        return [plain(each, other) for each in value]
    if isinstance(value, Mapping):
        return {str(key): plain(each, other) for key, each in value.items()}
    return value if value is None or isinstance(value, str | int | float | bytes) else other(value)


def _span(value: timedelta) -> str:
    seconds, micros = divmod(abs(value) // timedelta(microseconds=1), 1_000_000)
    sign, rest = "-" if value < timedelta(0) else "", f".{micros:06d}" if micros else ""
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{rest}"
