"""A message survives its bytes; what is no message is told apart."""

from types import MappingProxyType

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.message import Message, pack, unpack

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NUMBERS = st.integers(0, 2**63 - 1)
METAS = st.dictionaries(st.text(), PLAIN, max_size=3)
MESSAGES = st.builds(Message, PLAIN, st.text(), NUMBERS, METAS, NUMBERS, NUMBERS)


@given(MESSAGES)
def test_a_message_survives_its_bytes(message: Message) -> None:
    assert unpack(pack(message)) == message


def test_read_only_maps_are_written_as_maps_and_strange_values_as_text() -> None:
    message = unpack(pack(Message({"c": 1 + 2j}, "t", meta=MappingProxyType({"a": 1}))))
    assert (message.payload, message.meta) == ({"c": "(1+2j)"}, {"a": 1})


def test_a_message_without_meta_has_none_afterwards() -> None:
    assert unpack(pack(Message(1))) == Message(1, meta={})


@pytest.mark.parametrize(
    "value", [[], [1, "t"], [1, "t", 1, {}, 1, 1, 1], [1, 2, 3, {}, 5, 6], {"payload": 1}, "text", None]
)
def test_what_is_no_message_is_refused(value: object) -> None:
    with pytest.raises(msgspec.DecodeError):
        unpack(msgspec.msgpack.encode(value))


def test_a_message_knows_whether_its_time_is_that_of_its_arrival() -> None:
    arrived = Message(1, time_ns=5, arrived_ns=5)
    assert not arrived.has_own_time
    assert arrived.with_time(4).has_own_time


def test_a_time_of_its_own_is_known_as_such_even_at_the_instant_of_arrival() -> None:
    message = Message(1, time_ns=5, arrived_ns=5).with_time(5)
    assert message.has_own_time and message.time_ns == 5
