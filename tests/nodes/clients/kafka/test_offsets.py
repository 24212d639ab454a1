"""How far partitions are done with: what is committed is settled, and what the flow holds is not read again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nodes.clients.kafka.offsets import Offsets, Taken

T = ("t", 0)


def test_a_commit_stops_at_the_oldest_message_that_is_not_settled() -> None:
    offsets = Offsets()
    assert offsets.begin(*T, 10) == 10 and offsets.due() == {}
    places = [offsets.take(*T, offset) for offset in (10, 11, 14)]
    places[1].settled = True
    assert offsets.due() == {}
    places[0].settled = True
    assert offsets.due() == {T: 14} and len(offsets) == 1
    offsets.committed({T: 14})
    places[2].settled = True
    assert offsets.due() == {T: 15} and len(offsets) == 0


def test_what_is_settled_makes_room_before_anything_is_committed() -> None:
    offsets = Offsets()
    offsets.begin(*T, 0)
    for offset in range(3):
        offsets.take(*T, offset).settled = True
    assert len(offsets) == 0 and offsets.due() == {T: 3}


def test_a_partition_that_comes_back_is_read_on_where_this_reader_was() -> None:
    offsets = Offsets()
    offsets.begin(*T, 0)
    held = [offsets.take(*T, offset) for offset in range(3)]
    assert offsets.begin(*T, 1) == 3 and not offsets.expects(*T, 2) and offsets.expects(*T, 3)
    for each in held:
        each.settled = True
    assert offsets.due() == {T: 3}


def test_what_another_reader_did_meanwhile_is_not_read() -> None:
    offsets = Offsets()
    offsets.begin(*T, 0)
    late = offsets.take(*T, 0)
    assert offsets.begin(*T, 7) == 7
    late.settled = True
    assert offsets.due() == {} and not offsets.expects("t", 1, 0)


def test_where_a_new_group_begins_is_committed_before_anything_is_settled() -> None:
    offsets = Offsets()
    assert offsets.begin(*T, 5, is_known=False) == 5
    assert offsets.due() == {T: 5}
    offsets.committed({T: 5})
    assert offsets.due() == {}


@given(st.lists(st.tuples(st.integers(1, 3), st.booleans()), max_size=30), st.randoms())
def test_nothing_is_committed_that_is_not_settled_and_in_the_end_all_is(
    steps: list[tuple[int, bool]], rng: object
) -> None:
    offsets = Offsets()
    next_offset = offsets.begin(*T, 0)
    going, done = list[Taken](), set[int]()
    for gap, settle in steps:
        next_offset += gap
        going.append(offsets.take(*T, next_offset - 1))
        if settle:
            each = going.pop(rng.randrange(len(going)))  # type: ignore[attr-defined]
            each.settled = True
            done.add(each.offset)
        told = offsets.due()
        assert all(each.offset >= told.get(T, 0) for each in going)
        offsets.committed(told)
    for each in going:
        each.settled = True
    offsets.committed(offsets.due())
    assert offsets.due() == {} and len(offsets) == 0 and offsets.begin(*T, 0) == next_offset
