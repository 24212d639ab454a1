"""What OPC UA says of a value, as messages have it: value, quality, the device's time (OPC 10000-4, 7.11). Pure."""

from __future__ import annotations

import math
import uuid
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from asyncua import ua

from nodes.codecs.modbus.values import shortest

_ENCODING = ("TypeId", "Encoding")
"""Fields of a structure that say how it travels."""

GOOD, UNCERTAIN, BAD = "good", "uncertain", "bad"


class Reading(NamedTuple):
    """A value with its quality; `reason` says why it is not good, `time_ns` is the device's (0 where it has none)."""

    value: Any
    quality: str
    reason: str = ""
    time_ns: int = 0


def reading(data: ua.DataValue) -> Reading:
    """What a data value says. What messages cannot carry, and numbers that are none, are bad."""
    status = data.StatusCode or ua.StatusCode()
    time_ns = _epoch_ns(data.SourceTimestamp or data.ServerTimestamp)
    if status.is_bad():
        return Reading(None, BAD, status.name, time_ns)
    try:
        value = plain(data.Value.Value if data.Value is not None else None)
        if data.Value is not None and data.Value.VariantType == ua.VariantType.Float:
            value = single(value)
    except ValueError as fault:
        return Reading(None, BAD, str(fault), time_ns)
    if value is None:
        return Reading(None, BAD, "no value", time_ns)
    if status.is_good():
        return Reading(value, GOOD, "", time_ns)
    return Reading(value, UNCERTAIN, status.name, time_ns)


def single(value: Any) -> Any:
    """Floats of four bytes, also in lists, without digits that they do not know: 21.7, not 21.700000762939453."""
    if isinstance(value, list):
        return [single(each) for each in value]
    return shortest(value) if isinstance(value, float) else value


def plain(value: Any) -> Any:
    """The value as messages carry it, a structure as a map. Raises ValueError for what they cannot."""
    if value is None or isinstance(value, bool | int | str | bytes):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("not a number")
        return value
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, ua.LocalizedText | ua.QualifiedName):
        return value.Text if isinstance(value, ua.LocalizedText) else value.Name
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, ua.NodeId):
        return value.to_string()
    if isinstance(value, ua.StatusCode):
        return value.name
    if is_dataclass(value) and not isinstance(value, ua.ExtensionObject):  # one whose fields are not known
        return {each.name: plain(getattr(value, each.name)) for each in fields(value) if each.name not in _ENCODING}
    raise ValueError(f"a {type(value).__name__} cannot be carried in a message")


def _epoch_ns(at: datetime | None) -> int:
    if at is None:
        return 0
    since = at.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return max(0, (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000)
