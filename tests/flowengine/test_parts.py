"""Ids and times of the parts of a message."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flowengine.message import Message, pack, unpack
from flowengine.parts import MADE_IDS, STEP_NS, made_id, parts_of, room_us

PARENT = Message([1, 2], "t", 1_000_000, {"device": "c1"}, 1_000_000, 7)
LISTS = st.recursive(st.integers() | st.floats(), lambda inner: st.lists(inner, max_size=5), max_leaves=30)


def test_parts_have_ids_of_their_own_and_times_a_microsecond_apart() -> None:
    parts = list(parts_of(PARENT, "split", [1, 2, 3]))
    assert [part.time_ns for part in parts] == [1_000_000, 1_001_000, 1_002_000]
    assert len({part.id for part in parts} | {PARENT.id}) == 4
    assert not any(part.has_own_time for part in parts)


def test_parts_of_a_message_with_its_own_time_have_it_too() -> None:
    parts = list(parts_of(PARENT.replace(time_ns=5), "split", [1, 2]))
    assert [part.time_ns for part in parts] == [5, 1_005]
    assert all(part.has_own_time for part in parts)


def test_fields_of_one_reading_keep_the_time_that_the_device_gave() -> None:
    parts = list(parts_of(PARENT.replace(time_ns=5), "split", [1, 2], at_once=True))
    assert [part.time_ns for part in parts] == [5, 5] and len({part.id for part in parts}) == 2


def test_the_same_message_has_the_same_parts_again_also_behind_a_spool() -> None:
    assert list(parts_of(PARENT, "split", [1, 2])) == list(parts_of(unpack(pack(PARENT)), "split", [1, 2]))


def test_parts_that_two_nodes_make_of_one_message_differ() -> None:
    assert next(parts_of(PARENT, "a", [1])).id != next(parts_of(PARENT, "b", [1])).id


def test_an_id_fits_a_signed_column_and_lies_beyond_those_that_are_counted() -> None:
    assert all(MADE_IDS <= made_id(n, "node") < 2**63 for n in range(1000))


@given(st.lists(LISTS, min_size=2, max_size=5))
def test_parts_of_parts_of_neighbours_never_share_an_instant(payloads: list[Any]) -> None:
    at_ns, times = 0, list[int]()
    for payload in payloads:
        times += _leaves(Message(payload, time_ns=at_ns, arrived_ns=at_ns, id=1))
        at_ns += STEP_NS * (1 + room_us(payload))
    assert all(later - earlier >= STEP_NS for earlier, later in pairwise(times))


def test_text_in_a_record_has_the_room_of_what_it_can_be_cut_into() -> None:
    assert room_us({"a": 1, "rows": "1,2;3\n", "plain": "20.5 C", "raw": b"abc"}) == 4 + 3 + 3
    assert room_us("1,2") == 1 and room_us(7) == 0


def _leaves(message: Message) -> list[int]:
    if not isinstance(message.payload, list):
        return [message.time_ns]
    return [time_ns for part in parts_of(message, "split", message.payload) for time_ns in _leaves(part)]
