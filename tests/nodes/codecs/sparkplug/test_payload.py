"""Payloads of Sparkplug B come back as they were written, and rubbish is refused."""

from __future__ import annotations

import struct
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.sparkplug import payload
from nodes.codecs.sparkplug.payload import MOST_PARTS, Metric, Payload, datatype_of, decode, encode
from nodes.codecs.sparkplug.schema import MetricMessage, PayloadMessage

RANGES = {1: (-(2**7), 2**7 - 1), 2: (-(2**15), 2**15 - 1), 3: (-(2**31), 2**31 - 1), 4: (-(2**63), 2**63 - 1),
          5: (0, 2**8 - 1), 6: (0, 2**16 - 1), 7: (0, 2**32 - 1), 8: (0, 2**64 - 1)}  # fmt: skip


@st.composite
def metrics(draw: st.DrawFn) -> Metric:
    kind = draw(st.sampled_from([*RANGES, 10, 11, 12, 17]))
    values = {10: st.floats(allow_nan=False, allow_infinity=False), 11: st.booleans(), 12: st.text(), 17: st.binary()}
    value = draw(st.none() | (st.integers(*RANGES[kind]) if kind in RANGES else values[kind]))
    name, alias = draw(st.text(max_size=20)), draw(st.none() | st.integers(0, 2**64 - 1))
    return Metric(name, value, kind, alias, draw(st.integers(0, 2**63)), False)


@given(st.integers(0, 2**63), st.none() | st.integers(0, 255), st.lists(metrics(), max_size=5))
def test_what_is_written_is_read(time_ms: int, seq: int | None, written: list[Metric]) -> None:
    assert decode(encode(Payload(time_ms, seq, written))) == Payload(time_ms, seq, written)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_payload_are_refused_or_read(data: bytes) -> None:
    try:
        decode(data)
    except ValueError as fault:
        assert str(fault) == "no Sparkplug B payload"


def test_the_bytes_of_the_wire_are_those_of_the_schema() -> None:
    # timestamp 1, then metric {name "t", alias 2, datatype 9, float 21.7}, then seq 3; by hand from sparkplug_b.proto
    metric = b"\x0a\x01t\x10\x02\x20\x09\x65" + struct.pack("<f", 21.7)
    wire = b"\x08\x01\x12" + bytes([len(metric)]) + metric + b"\x18\x03"
    [read] = decode(wire).metrics
    assert (read.name, read.alias, read.datatype, read.value) == ("t", 2, 9, 21.7)
    assert decode(wire).seq == 3 and decode(wire).time_ms == 1


@pytest.mark.parametrize(("value", "kind"), [(-1, 5), (2**31, 3), ("x", 3), (2**64, 8), (b"x", 12), (1.5, 4)])
def test_a_value_that_does_not_fit_its_type_is_refused(value: object, kind: int) -> None:
    with pytest.raises(ValueError, match="does not fit type"):
        encode(Payload(0, 0, [Metric("m", value, kind)]))


def test_a_value_of_a_message_has_a_type_or_is_refused() -> None:
    assert [datatype_of(value) for value in (True, 1, 1.5, "x", b"x")] == [11, 4, 10, 12, 17]
    with pytest.raises(ValueError, match="no value of a metric"):
        datatype_of([1])


def _delimited(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2, len(data)]) + data


def _data_set(
    rows: list[list[bytes]], columns: tuple[bytes, ...] = (b"at", b"t"), types: bytes = b"\x18\x03\x18\x0a"
) -> bytes:
    """A payload with one metric `m` that is a data set, by hand from sparkplug_b.proto."""
    heads = b"".join(_delimited(2, name) for name in columns) + types
    cells = b"".join(_delimited(4, b"".join(_delimited(1, cell) for cell in row)) for row in rows)
    metric = _delimited(1, b"m") + b"\x20\x10" + b"\x8a\x01" + bytes([len(heads + cells)]) + heads + cells
    return _delimited(2, metric)


def _double(value: float) -> bytes:
    return b"\x21" + struct.pack("<d", value)


def test_a_data_set_is_a_list_of_maps_by_column() -> None:
    minus_two = b"\x08\xfe\xff\xff\xff\x0f"  # an Int32 travels without a sign
    [read] = decode(_data_set([[b"\x08\x07", _double(21.5)], [minus_two, b""], [b"", _double(float("nan"))]])).metrics
    assert read.value == [{"at": 7, "t": 21.5}, {"at": -2, "t": None}, {"at": None, "t": None}]
    assert not read.fault


@pytest.mark.parametrize(
    ("wire", "why"),
    [
        (_data_set([[b"\x08\x07"]]), "another number of cells"),
        (_data_set([], columns=(b"t", b"t")), "contradict each other"),
        (_data_set([], types=b""), "contradict each other"),
    ],
)
def test_a_data_set_that_contradicts_itself_has_no_value_and_says_why(wire: bytes, why: str) -> None:
    [read] = decode(wire).metrics
    assert read.value is None and why in read.fault


MANY = [
    PayloadMessage(metrics=[MetricMessage()] * (MOST_PARTS + 1)),
    PayloadMessage(metrics=[MetricMessage(dataset_value={"rows": [{}] * MOST_PARTS})]),
    PayloadMessage(metrics=[MetricMessage(dataset_value={"columns": [""] * MOST_PARTS})]),
    PayloadMessage(metrics=[MetricMessage(dataset_value={"rows": [{"elements": [{}] * 500}] * 100})]),
    PayloadMessage(metrics=[MetricMessage(dataset_value={"rows": [{}] * 600})] * 100),
]


@pytest.mark.parametrize("message", MANY)
def test_a_packet_of_more_parts_than_a_turn_has_time_for_is_refused_before_they_are_read(message: Any) -> None:
    with mock.patch.object(payload, "_metric") as read, pytest.raises(ValueError, match="more than 50000 metrics"):
        decode(message.SerializeToString())
    assert not read.called


def test_a_packet_of_many_metrics_is_read() -> None:
    assert len(decode(PayloadMessage(metrics=[MetricMessage()] * MOST_PARTS).SerializeToString()).metrics) == MOST_PARTS


def test_texts_that_are_no_utf_8_are_bad_values_and_a_name_of_them_is_no_packet() -> None:
    packet = encode(Payload(0, 0, [Metric("temp", "ab", 12), Metric("n", 5, 4)]))
    value, number = decode(packet.replace(b"ab", b"\xff\xfe")).metrics
    assert (value.value, value.fault) == (None, "a text that is no UTF-8") and number.value == 5
    with pytest.raises(ValueError, match="no UTF-8"):
        decode(packet.replace(b"temp", b"te\xffp"))
