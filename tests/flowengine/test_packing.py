"""Whatever a decoder gives comes back from disk as it was."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from flowengine.message import Message, pack, unpack
from flowengine.packing import CODE, MARK
from nodes.codecs.payload import BadPayload, decoder

KEYS = st.text() | st.integers() | st.binary() | st.booleans() | st.none()
SCALARS = KEYS | st.floats(allow_nan=False) | st.datetimes(timezones=st.just(UTC))
VALUES = st.recursive(
    SCALARS | st.just(cbor2.undefined) | st.integers(-(2**300), 2**300),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner) | st.builds(cbor2.CBORTag, st.integers(6, 20), inner),
    max_leaves=10,
)


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    message = Message({"v": value}, "t", 1, {"m": value}, 2, 3)
    assert unpack(pack(message)) == message


@pytest.mark.parametrize("form", ["cbor", "msgpack", "json", "auto"])
@given(data=st.data())
def test_what_a_decoder_reads_can_be_stored(form: str, data: Any) -> None:
    content = data.draw(st.binary() | VALUES.map(lambda value: cbor2.dumps(value)))
    try:
        value = decoder(form)(content)
    except BadPayload:
        return
    kept = unpack(pack(Message(value))).payload
    if "Ext" not in repr(value):  # these compare by identity
        assert repr(_listed(kept)) == repr(_listed(value))


def _listed(value: Any) -> Any:
    """With lists for tuples, which only keys need."""
    if isinstance(value, cbor2.CBORTag):
        return [value.tag, _listed(value.value)]
    if isinstance(value, Mapping):
        return [[_listed(key), _listed(each)] for key, each in value.items()]
    return [_listed(each) for each in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize(
    "value",
    [
        2**64,
        -(2**63) - 1,
        {2**70: 1},
        "half \ud83d",
        {"\ud83d": "\ud83d"},
        cbor2.CBORTag(1000, [1, {2: b"x"}]),
        {cbor2.CBORTag(99, 1): 1},
        cbor2.CBORSimpleValue(99),
        {cbor2.frozendict({1: 2}): 3},
        {(1, 2**70): 3},
        cbor2.frozendict({1: 2}),
    ],
    ids=repr,
)
def test_what_messagepack_lacks_is_kept(value: Any) -> None:
    assert unpack(pack(Message(value))).payload == value


def test_a_number_that_is_none_is_kept() -> None:
    assert math.isnan(unpack(pack(Message(math.nan))).payload)


def test_a_devices_own_extension_stays_its_own_even_with_our_code() -> None:
    for code, data in ((5, b"x"), (CODE, b"x"), (CODE, b"")):
        found = unpack(pack(Message(Ext(code, data)))).payload
        assert (found.code, bytes(found.data)) == (code, data)
    assert MARK


def test_a_time_that_utc_does_not_have_becomes_text() -> None:
    late = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5)))
    assert unpack(pack(Message(late))).payload == str(late)
