"""nodes/transforms/bytes.py"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from flowengine import Rejected
from flowengine.testing import make, messages, payloads
from nodes.codecs.binary.fields import BadRecord
from nodes.transforms.bytes import Bytes

METER = "fields: [{name: volts, type: u16, scale: 0.1}, {name: total, type: u32}, {name: on, type: bool, bit: 3}]"


@given(st.integers(0, 65535), st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from(["big", "little"]))
def test_bytes_reads_what_it_wrote(volts, total, on, order):
    node = make(Bytes, f"{{{METER}, endian: {order}, word_order: little}}")
    given = {"volts": volts / 10, "total": total, "on": on}
    assert payloads(node.process(node.process(messages([given])))) == [given]


def test_bytes_reads_a_record_of_a_meter():
    assert payloads(make(Bytes, METER).process(messages([bytes.fromhex("08fc000186a008")]))) == [
        {"volts": 230.0, "total": 100000, "on": True}
    ]


def test_what_stands_behind_the_record_is_left_out_and_counted():
    node = make(Bytes, "fields: [{name: n, type: u16}]")
    assert payloads(node.process(messages([b"\0\1", b"\0\2\0\3", b"\0\4\xff"]))) == [{"n": 1}, {"n": 2}, {"n": 4}]
    assert node.context.recorded.counted == {"bytes behind the record": 3}


def test_bytes_rejects_records_and_maps_that_do_not_fit():
    for payload in (b"\x01", {"volts": 1}, {"volts": 1e9, "total": 1, "on": True}):
        with pytest.raises(BadRecord):
            make(Bytes, METER).process(messages([payload]))
    encode, decode = f"{{{METER}, action: encode}}", f"{{{METER}, action: decode}}"
    for config, payload in [(METER, "text"), (encode, b"\x01"), (decode, {})]:
        with pytest.raises(Rejected):
            make(Bytes, config).process(messages([payload]))


def test_a_layout_that_cannot_be_is_found_before_the_flow_runs():
    with pytest.raises(ValidationError, match="no such type: u7"):
        make(Bytes, "fields: [{name: a, type: u7}]")
