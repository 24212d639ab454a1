"""What a device meant: text and JSON to numbers, booleans and nanoseconds.

Here live the rules for single values and for one payload. Never here: decoding of bytes as JSON, topics, the clock.
A value that cannot be used becomes None and its reason is named; it is never guessed (`12abc` is not 12).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Literal

Number = int | float
Kind = Literal["number", "boolean", "either"]

NOT_A_NUMBER = "not_a_number"
NOT_A_BOOLEAN = "not_a_boolean"
NOT_TEXT = "not_text"
BAD_TIME = "bad_time"
BAD_CLOCK = "bad_clock"
TOO_FAR_AHEAD = "too_far_ahead"
TOO_OLD = "too_old"

CLOCK_SET_NS = 1_420_070_400_000_000_000  # 2015-01-01: a device that says less has never had its clock set
WORDS: Mapping[str, bool] = {
    **dict.fromkeys(("on", "true", "1", "open", "online", "yes"), True),
    **dict.fromkeys(("off", "false", "0", "closed", "close", "offline", "no"), False),
}

_LONGEST_NUMBER = 400  # characters; the largest float has 309 digits, and int() of long text is quadratic
_POINT = re.compile(r"[+-]?(?:\d+(\.\d*)?|(\.\d+))([eE][+-]?\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:[. \u00a0\u202f]\d{3})+|(?=,\d)),\d*", re.ASCII)
_SPACED = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+", re.ASCII)
_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)?(?:([Zz])|([+-]\d\d):?(\d\d))?", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


class Unusable(ValueError):
    """A strict rule met a value it cannot use; `reasons` lists `field:reason`."""

    def __init__(self, reasons: list[str]):
        super().__init__(", ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Rules:
    """How one payload is normalised. A path is dotted (`metrics.t_c`); its last part may be `*`: every value of a map.

    fields: what each path must become; a payload that is a bare value is treated as the path `value`
    time: the first of these keys that has a value holds the message's own time
    earliest_ns, ahead_ns, age_ns: limits on that time: absolute, beyond now, before now (None: no limit)
    """

    fields: Mapping[str, Kind] = field(default_factory=lambda: {"value": "number"})
    time: tuple[str, ...] = ("time",)
    decimal_comma: bool = False
    words: Mapping[str, bool] = field(default_factory=lambda: WORDS)
    naive_zone: tzinfo = UTC
    earliest_ns: int = CLOCK_SET_NS
    ahead_ns: int | None = None
    age_ns: int | None = None
    strict: bool = False


def number_from_text(text: str, decimal_comma: bool = False) -> Number | None:
    """The number that `text` spells, int without a point or exponent, else float; None when it spells none.

    Only ASCII digits count; no underscore, hexadecimal, unit, NaN or infinity. With `decimal_comma`, `1.234,56`
    and `1 234,56` are 1234.56, while a text with a point and no comma keeps its point.
    """
    text = text.strip()
    if len(text) > _LONGEST_NUMBER:
        return None
    if decimal_comma:
        text = _with_point(text)
    match = _POINT.fullmatch(text)
    if match is None:
        return None
    if match.lastindex is None:
        return number(int(text))
    return number(float(text))


def _with_point(text: str) -> str:
    if _COMMA.fullmatch(text):
        text = text.replace(".", "")
    elif not _SPACED.fullmatch(text):
        return text
    return re.sub("[ \u00a0\u202f]", "", text).replace(",", ".")


def number(value: object, decimal_comma: bool = False) -> Number | None:
    """`value` itself when it is a finite number, the number it spells when it is text, else None (booleans too)."""
    kind = type(value)
    if kind is float:
        return value if value - value == 0.0 else None  # type: ignore[operator,return-value]  # NaN, inf: not 0
    if kind is int:
        return value if -LARGEST <= value <= LARGEST else None  # type: ignore[operator,return-value]
    if kind is str:
        return number_from_text(value, decimal_comma)  # type: ignore[arg-type]
    return None


LARGEST = int(1.7976931348623157e308)
"""Of the finite floats; a larger integer would be infinite elsewhere."""


def boolean(value: object, words: Mapping[str, bool] = WORDS) -> bool | None:
    """The truth that `value` states: a boolean, 0 or 1, or one of `words` (keys in lower case); None for all else."""
    if value is True or value is False:
        return value
    if isinstance(value, str):
        return words.get(value.strip().lower())
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    return None


def time_ns(value: object, naive_zone: tzinfo = UTC) -> int | None:
    """UTC epoch nanoseconds of an RFC 3339 text or of an epoch number or its text; None when it is neither.

    The unit of a number is told by its size: below 1e11 seconds, 1e14 milliseconds, 1e17 microseconds, else
    nanoseconds. Fractions of a float are kept to the microsecond, which is what a float epoch can hold.
    """
    kind = type(value)
    if kind is str:
        # Devices of one plant share their seconds, so the date and time part is nearly always in the cache.
        text: str = value  # type: ignore[assignment]
        tail_ns = TAILS_NS.get(text[19:])
        if tail_ns is not None:
            whole_ns = whole_seconds_ns(text[:19])
            if whole_ns is not None:
                return whole_ns + tail_ns
        return _time_of_text(text, naive_zone)
    if kind is int or kind is float:
        return _epoch_ns(value)  # type: ignore[arg-type]
    return None


TAILS_NS = {"Z": 0} | {f".{milli:03}Z": milli * 1_000_000 for milli in range(1000)}
"""What the usual ends of an RFC 3339 text add to its whole seconds."""


@lru_cache(maxsize=4096)
def whole_seconds_ns(text: str) -> int | None:
    """Nanoseconds of a date and time without fraction, in UTC; None for any other text."""
    match = _RFC_3339.fullmatch(text)
    return None if match is None else _calendar_ns(match, UTC)


def _time_of_text(text: str, naive_zone: tzinfo) -> int | None:
    match = _RFC_3339.fullmatch(text.strip())
    if match is not None:
        return _calendar_ns(match, naive_zone)
    spelt = number_from_text(text)
    return None if spelt is None else _epoch_ns(spelt)


def _calendar_ns(match: re.Match[str], naive_zone: tzinfo) -> int | None:
    date, clock, second, fraction, utc, offset_hours, offset_minutes = match.groups()
    leap = second == "60"  # RFC 3339 section 5.6 allows it; Unix time has no place for it but the next second
    try:
        moment = datetime.fromisoformat(f"{date}T{clock}:{'59' if leap else second or '00'}")
        if utc or offset_hours:
            zone: tzinfo = UTC
        else:
            zone = naive_zone
        since = moment.replace(tzinfo=zone) - _EPOCH
    except (ValueError, OverflowError):
        return None
    seconds = since // _SECOND + leap
    if offset_hours:
        minutes = int(offset_minutes)
        if minutes > 59 or abs(int(offset_hours)) > 23:
            return None
        seconds -= int(offset_hours) * 3600 + (-minutes if offset_hours[0] == "-" else minutes) * 60
    return seconds * 1_000_000_000 + int((fraction or "0").ljust(9, "0"))


def _epoch_ns(value: Number) -> int | None:
    size = abs(value)
    if size < 1e11:
        unit_ns = 1_000_000_000
    elif size < 1e14:
        unit_ns = 1_000_000
    elif size < 1e17:
        unit_ns = 1_000
    elif size < 9.3e18:
        unit_ns = 1
    else:
        return None  # NaN and infinity end here too
    if type(value) is int:
        return value * unit_ns
    whole = int(value)
    return whole * unit_ns + round((value - whole) * (unit_ns / 1000)) * 1000


def checked_time_ns(value: object, rules: Rules, now_ns: int) -> tuple[int | None, str | None]:
    """(time, None), or (None, reason) when the time cannot be trusted, or (None, None) when there is none."""
    if value is None or value == "":
        return None, None
    at_ns = time_ns(value, rules.naive_zone)
    if at_ns is None:
        return None, BAD_TIME
    if at_ns < rules.earliest_ns:
        return None, BAD_CLOCK
    if rules.ahead_ns is not None and at_ns > now_ns + rules.ahead_ns:
        return None, TOO_FAR_AHEAD
    if rules.age_ns is not None and at_ns < now_ns - rules.age_ns:
        return None, TOO_OLD
    return at_ns, None


def normalise_payload(
    payload: Any, rules: Rules, now_ns: int = 0, faults: list[str] | None = None
) -> tuple[Any, int | None]:
    """(payload, time in UTC epoch ns or None for "use the arrival time"); what is not changed is the same object.

    Every value that had to become None is appended to `faults` as `path:reason`. A missing, null or empty value or
    time is no fault. A payload is never changed in place. Raises Unusable when the rules are strict.
    """
    found: list[str] = []
    at_ns: int | None = None
    if type(payload) is dict:
        for key in rules.time:
            if payload.get(key) not in (None, ""):
                at_ns, reason = checked_time_ns(payload[key], rules, now_ns)
                if reason is not None:
                    found.append(f"{key}:{reason}")
                break
        for path, kind in rules.fields.items():
            # The common case first: a finite float under a plain name stays as it is.
            if path in payload and type(value := payload[path]) is float and value - value == 0.0 and kind != "boolean":
                continue
            payload = _normalise_path(payload, path.split("."), kind, rules, found)
    elif type(payload) is not list:
        payload = _normalise_bare(payload, rules, found)
    if found:
        if rules.strict:
            raise Unusable(found)
        if faults is not None:
            faults += found
    return payload, at_ns


def _normalise_bare(payload: Any, rules: Rules, found: list[str]) -> Any:
    if isinstance(payload, bytes | bytearray | memoryview):
        try:
            payload = str(payload, "utf-8")
        except UnicodeDecodeError:
            found.append(f"value:{NOT_TEXT}")
            return None
    return _as_kind(payload, rules.fields.get("value", "number"), rules, "value", found)


def _normalise_path(payload: dict[str, Any], path: list[str], kind: Kind, rules: Rules, found: list[str]) -> Any:
    name, rest = path[0], path[1:]
    names = list(payload) if name == "*" else [name] if name in payload else []
    changed: dict[str, Any] = {}
    for each in names:
        old = payload[each]
        if not rest:
            new = _as_kind(old, kind, rules, each, found)
        elif type(old) is dict:
            new = _normalise_path(old, rest, kind, rules, found)
        else:
            continue
        if new is not old:
            changed[each] = new
    return {**payload, **changed} if changed else payload


def _as_kind(value: Any, kind: Kind, rules: Rules, name: str, found: list[str]) -> Any:
    result: Any = None
    if kind != "boolean":
        result = number(value, rules.decimal_comma)
    if result is None and kind != "number":
        result = boolean(value, rules.words)
    if result is None and value is not None and not (isinstance(value, str) and not value.strip()):
        found.append(f"{name}:{_REASON[kind]}")
    return result


_REASON: Mapping[Kind, str] = {"number": NOT_A_NUMBER, "boolean": NOT_A_BOOLEAN, "either": NOT_A_NUMBER}
