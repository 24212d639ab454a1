"""The set of ranges against Python's own sets."""

from hypothesis import given
from hypothesis import strategies as st

from flowengine.store.spool.ranges import Ranges

numbers = st.integers(0, 60)
changes = st.lists(st.tuples(st.booleans(), numbers, numbers), max_size=25)


def built(steps: list[tuple[bool, int, int]]) -> tuple[Ranges, set[int]]:
    ranges, plain = Ranges(), set()
    for add, start, end in steps:
        if add:
            new = len(set(range(start, end)) - plain)
            assert ranges.add(start, end) == new
            plain |= set(range(start, end))
        else:
            ranges.remove(start, end)
            plain -= set(range(start, end))
    return ranges, plain


@given(changes)
def test_it_holds_what_was_added_and_not_removed(steps: list[tuple[bool, int, int]]) -> None:
    ranges, plain = built(steps)
    assert {n for start, end in ranges for n in range(start, end)} == plain
    assert ranges.total() == len(plain)


@given(changes)
def test_ranges_are_apart_and_in_order(steps: list[tuple[bool, int, int]]) -> None:
    ranges, _ = built(steps)
    edges = [edge for pair in ranges for edge in pair]
    assert edges == sorted(set(edges))
    assert len(ranges) == len(edges) // 2


@given(changes, numbers, numbers)
def test_questions_are_answered_as_by_a_set(steps: list[tuple[bool, int, int]], start: int, end: int) -> None:
    ranges, plain = built(steps)
    assert ranges.total(start, end) == len(plain & set(range(start, end)))
    assert ranges.covers(start, end) == (set(range(start, end)) <= plain)
    assert ranges.end_of(start) == next(n for n in range(start, 100) if n not in plain)
    starts = [n for n in plain if n - 1 not in plain and n >= start]
    assert ranges.next_start(start) == min(starts, default=None)
    assert (ranges.first() or (None,))[0] == min(plain, default=None)
