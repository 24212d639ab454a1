"""nodes/queues/buffer_stores.py: all three stores against a plain list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.queues.buffer_stores import AllOfKey, InOrder, LastOfKey


def key_of(item):
    return str(item % 3)


@pytest.mark.parametrize("make", [InOrder, lambda: AllOfKey(key_of)], ids=["in_order", "all_of_key"])
@given(st.lists(st.integers(0, 99)), st.lists(st.integers(0, 99)))
def test_a_store_that_keeps_all_gives_back_all_with_the_returned_ones_in_front(make, older, newer):
    store = make()
    for item in newer:
        assert store.push(item) is None and not store.replaces(item)
    assert store.put_back(older) == []
    assert len(store) == len(older) + len(newer)
    everything = [item for group in store.take_all() for item in group]
    if isinstance(store, InOrder):
        assert everything == older + newer
    else:
        assert everything == sorted(older + newer, key=key_order(older + newer))
    assert len(store) == 0 and store.waiting() == []


def key_order(items):
    keys = list(dict.fromkeys(map(key_of, items)))
    return lambda item: keys.index(key_of(item))


@given(st.lists(st.integers(0, 99)), st.lists(st.integers(0, 99)))
def test_the_last_of_each_key_wins_whenever_it_was_put_back(older, newer):
    store, gone = LastOfKey(key_of), []
    for item in newer:
        replaced = store.replaces(item)
        old = store.push(item)
        assert replaced == (old is not None)
        gone += [] if old is None else [old]
    gone += store.put_back(older)
    newest = {key_of(item): item for item in older + newer}
    assert store.waiting() == list(newest.values())
    assert sorted(gone + store.waiting()) == sorted(older + newer)


@pytest.mark.parametrize("make", [InOrder, lambda: AllOfKey(key_of), lambda: LastOfKey(key_of)])
def test_the_oldest_goes_first_and_a_full_group_is_taken_once(make):
    store = make()
    for item in (3, 4, 5):
        store.push(item)
    assert store.take_full(4) is None
    assert store.pop_oldest() == 3
    store.push(8)
    full = store.take_full(2)
    assert full is not None and 8 in full
    assert store.take_full(2) is None
