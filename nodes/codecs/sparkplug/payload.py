"""Payloads of Sparkplug B: metrics with their names, aliases, types and times (specification 3.0, 6.4). Pure."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import DecodeError

from nodes.codecs.modbus.values import shortest
from nodes.codecs.sparkplug.schema import MetricMessage, PayloadMessage

INT64, DOUBLE, BOOLEAN, STRING, BYTES = 4, 10, 11, 12, 17
_SIGNED = {1: (8, "int_value"), 2: (16, "int_value"), 3: (32, "int_value"), INT64: (64, "long_value")}
_UNSIGNED = {5: 8, 6: 16, 7: 32, 8: 64}
_TEXT = (STRING, 14, 15)
_DATETIME = 13
_TYPE_BITS = {"int_value": 32, "long_value": 64}
MOST_PARTS = 50_000
"""Metrics, and rows and cells of data sets, in one packet: to read so many takes 0.1 s; each may be two bytes."""


@dataclass(frozen=True)
class Metric:
    """One metric. Births have names, data may have aliases instead; `value` is None where there is none."""

    name: str
    value: Any
    datatype: int = 0
    alias: int | None = None
    time_ms: int = 0
    historical: bool = False
    fault: str = ""
    """Why there is no value, where that is no null."""


@dataclass(frozen=True)
class Payload:
    """What one packet carries."""

    time_ms: int
    seq: int | None
    metrics: Sequence[Metric] = field(default_factory=tuple)


def decode(data: bytes) -> Payload:
    """The payload in these bytes. Raises ValueError for what is none."""
    message = PayloadMessage()
    try:
        message.ParseFromString(data)
    except DecodeError:
        raise ValueError("no Sparkplug B payload") from None
    _refuse_too_many(message)
    seq = message.seq if message.HasField("seq") else None
    return Payload(message.timestamp, seq, [_metric(each) for each in message.metrics])


def _refuse_too_many(message: Any) -> None:
    parts = len(message.metrics)
    sets = (each.dataset_value for each in message.metrics if each.HasField("dataset_value"))
    for data_set in sets if parts <= MOST_PARTS else ():
        parts += len(data_set.columns) + len(data_set.rows)
        if parts <= MOST_PARTS:
            parts += sum(len(row.elements) for row in data_set.rows)
    if parts > MOST_PARTS:
        raise ValueError(f"more than {MOST_PARTS} metrics, rows and cells")


def encode(payload: Payload) -> bytes:
    """The bytes of a payload. Raises ValueError for a value that does not fit its type."""
    message = PayloadMessage(timestamp=payload.time_ms)
    if payload.seq is not None:
        message.seq = payload.seq
    message.metrics.extend(_written(each) for each in payload.metrics)
    return bytes(message.SerializeToString())


def datatype_of(value: Any) -> int:
    """The type that a value of a message is told with. Raises ValueError for what has none."""
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return INT64
    for kind, datatype in ((float, DOUBLE), (str, STRING), (bytes, BYTES)):
        if isinstance(value, kind):
            return datatype
    raise ValueError(f"a {type(value).__name__} is no value of a metric")


def _metric(message: Any) -> Metric:
    value, fault = None, ""
    if not message.is_null:
        try:
            value = _read(message, message.WhichOneof("value"))
        except ValueError as wrong:
            fault = str(wrong)
    alias = message.alias if message.HasField("alias") else None
    return Metric(_text(message.name), value, message.datatype, alias, message.timestamp, message.is_historical, fault)


def _text(value: str | bytes) -> str:
    """The text. Raises ValueError for one that is no UTF-8, which protobuf gives as bytes."""
    if not isinstance(value, str):
        raise ValueError("a text that is no UTF-8")
    return value


def _read(message: Any, which: str | None) -> Any:
    if which is None:
        return None
    if which == "template_value":
        raise ValueError("templates are not read")
    if which == "dataset_value":
        return _rows(message.dataset_value)
    return _plain(message, which, message.datatype)


def _plain(message: Any, which: str, datatype: int) -> Any:
    value = getattr(message, which)
    if which == "float_value":
        value = shortest(value) if math.isfinite(value) else value
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not a number")
    if which == "string_value":
        return _text(value)
    if which in _TYPE_BITS:
        return signed(value, datatype)
    return value


def _rows(data_set: Any) -> list[dict[str, Any]]:
    """The rows of a data set (6.4.19) as maps by column; a cell that is no number is null, as in a field of JSON."""
    columns, types = [_text(each) for each in data_set.columns], list(data_set.types)
    if len(set(columns)) != len(columns) or len(types) != len(columns):
        raise ValueError("a data set whose columns contradict each other")
    if any(len(row.elements) != len(columns) for row in data_set.rows):
        raise ValueError("a row of the data set has another number of cells than it has columns")
    return [
        {name: _cell(cell, datatype) for name, datatype, cell in zip(columns, types, row.elements, strict=True)}
        for row in data_set.rows
    ]


def _cell(cell: Any, datatype: int) -> Any:
    which = cell.WhichOneof("value")
    try:
        return None if which is None else _plain(cell, which, datatype)
    except ValueError:
        return None


def signed(value: int, datatype: int) -> int:
    """A whole number as its type means it; they travel without a sign (6.4.16)."""
    bits, _ = _SIGNED.get(datatype, (0, ""))
    if not bits:
        return value
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def _written(metric: Metric) -> Any:
    made = MetricMessage(timestamp=metric.time_ms, datatype=metric.datatype)
    if metric.name:
        made.name = metric.name
    if metric.alias is not None:
        made.alias = metric.alias
    if metric.historical:
        made.is_historical = True
    if metric.value is None:
        made.is_null = True
        return made
    try:
        _set(made, metric.value, metric.datatype)
    except (TypeError, ValueError, struct.error):
        raise ValueError(f"{metric.name}: {metric.value!r} does not fit type {metric.datatype}") from None
    return made


def _set(made: Any, value: Any, datatype: int) -> None:
    if datatype in _SIGNED:
        bits, option = _SIGNED[datatype]
        if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
            raise ValueError(value)
        setattr(made, option, value & ((1 << _TYPE_BITS[option]) - 1))
    elif datatype in _UNSIGNED:
        setattr(made, "int_value" if _UNSIGNED[datatype] <= 16 else "long_value", value)
    elif datatype == _DATETIME:
        made.long_value = value
    elif datatype == 9:
        made.float_value = value
    elif datatype == DOUBLE:
        made.double_value = value
    elif datatype == BOOLEAN:
        made.boolean_value = value
    elif datatype in _TEXT and isinstance(value, str):
        made.string_value = value
    elif datatype in (BYTES, 18):
        made.bytes_value = value
    else:
        raise ValueError(datatype)
