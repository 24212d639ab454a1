"""CBOR against RFC 8949's own examples, and what a hostile sender may try."""

import json
from datetime import UTC, datetime
from pathlib import Path

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.cbor import MAX_BIGNUM_BYTES, BadCbor, DeepCbor, decode, encode, tag_decoders
from nodes.codecs.keys import BadKey
from nodes.codecs.plain import plain
from tests.nodes.vector_notation import same, value_of

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "cbor.json").read_text())
REFUSED = [entry for entry in VECTORS["appendix_a"] if "cbor2_error" in entry]
EXAMPLES = [entry for entry in VECTORS["appendix_a"] if "cbor2_error" not in entry]


def by_hex(entry):
    return entry["hex"]


@pytest.mark.parametrize("entry", EXAMPLES, ids=by_hex)
def test_the_rfcs_examples_are_decoded(entry):
    assert same(decode(bytes.fromhex(entry["hex"]), 64), value_of(entry["value"]))


@pytest.mark.parametrize("entry", EXAMPLES, ids=by_hex)
def test_the_rfcs_examples_come_back_from_what_we_encode(entry):
    value = value_of(entry["value"])
    assert same(decode(encode(value, plain), 64), value)


@pytest.mark.parametrize("entry", REFUSED + VECTORS["not_well_formed"], ids=by_hex)
def test_what_is_not_well_formed_is_refused(entry):
    with pytest.raises(BadCbor):
        decode(bytes.fromhex(entry["hex"]), 64)


@pytest.mark.parametrize("entry", EXAMPLES, ids=by_hex)
def test_nothing_may_be_missing_or_follow(entry):
    data = bytes.fromhex(entry["hex"])
    for end in range(len(data)):
        with pytest.raises(BadCbor):
            decode(data[:end], 64)
    with pytest.raises(BadCbor, match="1 byte follows the value"):
        decode(data + b"\x00", 64)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("d8236161", cbor2.CBORTag(35, "a")),  # a regular expression would be compiled
        ("d81c81d81d00", cbor2.CBORTag(28, [cbor2.CBORTag(29, 0)])),  # a list that holds itself
        ("d90100826161d81900", cbor2.CBORTag(256, ["a", cbor2.CBORTag(25, 0)])),  # text by reference
        ("d82543010203", cbor2.CBORTag(37, b"\1\2\3")),  # no UUID has three bytes
        ("d9d9f705", 5),
    ],
)
def test_tags_that_are_not_times_or_integers_are_carried(data, value):
    assert decode(bytes.fromhex(data), 64) == value
    if isinstance(value, cbor2.CBORTag):
        assert encode(value, plain) == bytes.fromhex(data)


def test_a_uuid_is_its_text_and_a_set_a_list_since_nothing_else_has_them():
    uuid = "d82550c232ab00941111e6b8d20242ac110002"
    assert decode(bytes.fromhex(uuid), 64) == "c232ab00-9411-11e6-b8d2-0242ac110002"
    assert decode(bytes.fromhex("d9010283010102"), 64) == [1, 1, 2]
    assert decode(bytes.fromhex(f"a162696481{uuid}"), 64) == {"id": ["c232ab00-9411-11e6-b8d2-0242ac110002"]}


def test_a_decimal_of_two_thousand_million_digits_is_null_and_costs_nothing():
    lost = []
    for data in ("c4821a7fffffff01", "c5821a7fffffff01", "c4821901911901"):
        assert decode(bytes.fromhex(data + "00" * (data == "c4821901911901")), 64, tag_decoders(lost.append)) is None
    assert lost == ["field not finite"] * 3


def test_big_integers_are_read_to_their_limit():
    head = b"\xc2\x58"
    assert decode(head + bytes([MAX_BIGNUM_BYTES]) + b"\xff" * MAX_BIGNUM_BYTES, 64) == 256**MAX_BIGNUM_BYTES - 1
    with pytest.raises(BadCbor):
        decode(head + bytes([MAX_BIGNUM_BYTES + 1]) + b"\xff" * (MAX_BIGNUM_BYTES + 1), 64)
    with pytest.raises(BadCbor):
        decode(b"\xc2\x05", 64)


def test_a_time_no_calendar_has_is_null_or_the_text_that_it_was():
    for data in ("c1fb7ff8000000000000", "c11bffffffffffffffff"):
        assert decode(bytes.fromhex(data), 64) is None
    assert decode(bytes.fromhex("c06161"), 64) == "a"
    for data in ("c16161", "c005"):
        with pytest.raises(BadCbor):
            decode(bytes.fromhex(data), 64)
    assert decode(bytes.fromhex("c100"), 64) == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("opening", [b"\x81", b"\xa1", b"\x9f", b"\xbf", b"\xc6", b"\xd8\x20", b"\xc2", b"\xd8\x1c"])
def test_depth_is_limited_whatever_nests(opening):
    with pytest.raises(DeepCbor):
        decode(opening * 50_000 + b"\x00", 64)


@given(st.binary(max_size=120))
def test_noise_decodes_or_is_refused(noise):
    try:
        decode(noise, 64)
    except (BadCbor, BadKey, UnicodeDecodeError):
        return
    assert noise
