"""nodes/codecs/conversion.py"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.conversion import converter
from nodes.codecs.payload import BadPayload

leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    leaves | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.sampled_from(["json", "msgpack", "cbor"]), values)
def test_what_was_encoded_is_decoded(form, value):
    encoded = converter(form, "encode")(value)
    assert converter(form, "decode")(encoded) == value
    assert converter(form)(encoded) == value


def test_auto_goes_by_the_type():
    assert converter("json")("[1]") == [1]
    assert converter("json")([1]) == b"[1]"
    assert converter("json")(bytearray(b"[1]")) == [1]
    assert converter("msgpack")("a") == b"\xa1a"


@pytest.mark.parametrize("value", [{"a": 1}, 5, None])
def test_what_is_no_text_or_bytes_cannot_be_decoded(value):
    with pytest.raises(BadPayload, match="not_bytes"):
        converter("json", "decode")(value)


def test_a_payload_that_is_too_large_is_refused():
    with pytest.raises(BadPayload, match="too_large"):
        converter("json", "decode", max_bytes=10)(b"[" + b" " * 10 + b"]")


def test_text_with_lone_surrogates_is_refused_and_not_a_crash():
    with pytest.raises(BadPayload):
        converter("json", "decode")('"\ud800"')
