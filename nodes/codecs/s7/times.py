"""Dates and times of S7 controllers: DTL and DATE_AND_TIME, as texts without a zone, since they have none. Pure."""

from __future__ import annotations

import struct
from datetime import date, datetime, time
from typing import Any

_DTL = struct.Struct(">HBBBBBBI")
_FIRST_YEAR, _LAST_YEAR = 1990, 2089
"""What two digits of a DATE_AND_TIME can say."""

NS = 1_000_000_000


def read_dtl(data: bytes) -> str:
    """Such as `2026-11-29T16:05:00.123456789`. Raises ValueError for what is no DTL."""
    year, month, day, _, hour, minute, second, nanosecond = _DTL.unpack(data)
    return _text("DTL", (year, month, day, hour, minute, second), nanosecond, 9)


def write_dtl(value: Any) -> bytes:
    """The bytes of such a text. Raises ValueError for what is none."""
    at, ns = _parsed(value)
    return _DTL.pack(at.year, at.month, at.day, _weekday(at), at.hour, at.minute, at.second, ns)


def read_date_and_time(data: bytes) -> str:
    """Such as `2026-11-29T16:05:00.123`. Raises ValueError for what is no DATE_AND_TIME."""
    digits = data.hex()[:15]  # the last is the day of the week
    if not digits.isdecimal():
        raise ValueError(f"no DATE_AND_TIME: {data.hex(' ')}")
    year, *rest = (int(digits[at : at + 2]) for at in range(0, 12, 2))
    year += 1900 if year >= _FIRST_YEAR - 1900 else 2000
    return _text("DATE_AND_TIME", (year, *rest), int(digits[12:]) * 1_000_000, 3)


def write_date_and_time(value: Any) -> bytes:
    """The bytes of such a text; what is finer than a millisecond is cut. Raises ValueError for what is none."""
    at, ns = _parsed(value)
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise ValueError(f"{value} does not fit into a DATE_AND_TIME, which ends in {_LAST_YEAR}")
    return bytes.fromhex(f"{at:%y%m%d%H%M%S}{ns // 1_000_000:03}{_weekday(at)}")


def _text(kind: str, parts: tuple[int, ...], ns: int, digits: int) -> str:
    try:
        year, month, day, hour, minute, second = parts
        at = datetime.combine(date(year, month, day), time(hour, minute, second))
    except ValueError as fault:
        raise ValueError(f"no {kind}: {fault}") from None
    if ns >= NS:
        raise ValueError(f"no {kind}: {ns} nanoseconds")
    return f"{at.isoformat()}.{ns:09}"[: 20 + digits]


def _parsed(value: Any) -> tuple[datetime, int]:
    """The second, and the nanoseconds after it."""
    fault = ValueError(f"{value!r} is no time; write 2026-11-29T16:05:00.123, without a zone")
    if not isinstance(value, str):
        raise fault
    whole, _, part = value.partition(".")
    try:
        at = datetime.fromisoformat(whole)
    except ValueError:
        raise fault from None
    if at.tzinfo is not None or len(whole) != len("2026-11-29T16:05:00") or not (part or "0").isdecimal():
        raise fault
    return at, int(part[:9].ljust(9, "0"))


def _weekday(at: datetime) -> int:
    """1 is Sunday."""
    return at.isoweekday() % 7 + 1
