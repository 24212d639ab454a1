"""nodes/queues/buffer_stores.py: all three stores against a plain list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.queues.buffer_stores import AllOfKey, InOrder, LastOfKey


def key_of(item):
    return str(item % 3)


def key_order(items):
    keys = list(dict.fromkeys(map(key_of, items)))
    return lambda item: keys.index(key_of(item))


@given(st.lists(st.integers(0, 99)))
def test_a_store_that_keeps_all_gives_back_all(items):
    for store, order in ((InOrder(), items), (AllOfKey(key_of), sorted(items, key=key_order(items)))):
        for item in items:
            assert store.push(item) is None and not store.replaces(item)
        assert len(store) == len(items)
        assert [item for group in store.take_all() for item in group] == order
        assert len(store) == 0 and store.take_all() == []


@given(st.lists(st.integers(0, 99)))
def test_the_last_of_each_key_stays(items):
    store, gone = LastOfKey(key_of), []
    for item in items:
        replaced = store.replaces(item)
        old = store.push(item)
        assert replaced == (old is not None)
        gone += [] if old is None else [old]
    left = [item for group in store.take_all() for item in group]
    assert left == list({key_of(item): item for item in items}.values())
    assert sorted(gone + left) == sorted(items)


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
