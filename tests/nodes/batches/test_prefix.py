"""nodes/batches/prefix.py: released is the longest run of the oldest that ended, always."""

from hypothesis import given
from hypothesis import strategies as st

from nodes.batches.prefix import Prefix


@given(st.permutations(range(20)), st.lists(st.integers(1, 5), max_size=20))
def test_the_oldest_are_released_once_all_before_them_ended(order, cuts):
    prefix, ended, released = Prefix(), set(), 0
    assert [*prefix.take(12), *prefix.take(8)] == list(range(20))
    for size in [*cuts, 20]:
        part, order = order[:size], order[size:]
        ended.update(part)
        released += prefix.end(part)
        assert released == next((n for n in range(20) if n not in ended), 20)
    assert released == 20
