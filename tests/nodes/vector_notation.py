"""What the vectors' notation says as Python values (tests/vectors/README.md explains it)."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import msgspec


def value_of(noted: Any) -> Any:
    if isinstance(noted, list):
        return [value_of(each) for each in noted]
    if not isinstance(noted, dict):
        return noted
    if "$tag" in noted:
        return cbor2.CBORTag(noted["$tag"], value_of(noted["value"]))
    kind = next(iter(noted), "")
    if kind.startswith("$"):
        return _READERS[kind](noted[kind])
    return {key: value_of(each) for key, each in noted.items()}


def extension_of(noted: list[Any]) -> msgspec.msgpack.Ext:
    """An application's MessagePack extension is noted as [code, bytes]."""
    return msgspec.msgpack.Ext(noted[0], bytes.fromhex(noted[1]["$bin"]))


def same(one: Any, other: Any) -> bool:
    """Equal in value and type; NaN equals NaN, and 0.0 is not -0.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        signs = math.copysign(1, one) == math.copysign(1, other)
        return (math.isnan(one) and math.isnan(other)) or (one == other and signs)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    return bool(one == other)


def _timestamp(content: dict[str, int]) -> datetime:
    since = timedelta(seconds=content["seconds"], microseconds=round(content["nanoseconds"] / 1000))
    return datetime(1970, 1, 1, tzinfo=UTC) + since


_READERS = {
    "$bin": bytes.fromhex,
    "$float": float,
    "$int": int,
    "$ext": lambda content: msgspec.msgpack.Ext(content["code"], bytes.fromhex(content["data"])),
    "$timestamp": _timestamp,
    "$map": lambda pairs: {value_of(key): value_of(each) for key, each in pairs},
    "$simple": cbor2.CBORSimpleValue,
    "$undefined": lambda content: cbor2.undefined,
    "$datetime": datetime.fromisoformat,
}
