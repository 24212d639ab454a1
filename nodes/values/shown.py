"""A value in a sentence about it. Never in a label: values there make a series each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from itertools import islice
from typing import Any

import cbor2
import msgspec

_JSON = {None: "null", True: "true", False: "false"}
_MOST, _MOST_ITEMS, _MOST_DEEP = 60, 8, 4


def shown(value: object) -> str:
    """As much of a value as a sentence has room for; what only CBOR or MessagePack has as the nearest that JSON has."""
    return _text(value, 0)[:_MOST]


def _text(value: Any, deep: int) -> str:
    if value is None or isinstance(value, bool):
        return _JSON[value]
    if isinstance(value, str | bytes):
        return repr(value if len(value) <= _MOST else value[:_MOST])
    if isinstance(value, datetime | date | time):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        items = (f"{_text(name, deep + 1)}: {_text(each, deep + 1)}" for name, each in value.items())
        return "{" + _listed(items, deep) + "}"
    if isinstance(value, list | tuple):
        return "[" + _listed((_text(each, deep + 1) for each in value), deep) + "]"
    if isinstance(value, cbor2.CBORTag | cbor2.CBORSimpleValue):
        return _text(value.value, deep + 1)
    if isinstance(value, msgspec.msgpack.Ext):
        return _text({"code": value.code, "data": bytes(value.data)}, deep)
    text = "null" if value is cbor2.undefined else repr(value)
    return f"a value of kind {type(value).__name__}" if text.startswith("<") else text


def _listed(items: Iterable[str], deep: int) -> str:
    return ", ".join(islice(items, _MOST_ITEMS)) if deep < _MOST_DEEP else "…"
