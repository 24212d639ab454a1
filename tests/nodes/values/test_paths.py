"""nodes/values/paths.py: new maps with a value more or less; the old ones stay."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.values.paths import NotAMap, with_value, without

keys = st.sampled_from("abc")
maps = st.recursive(
    st.dictionaries(keys, st.integers()), lambda inner: st.dictionaries(keys, inner | st.integers()), max_leaves=10
)
paths = st.lists(keys, min_size=1, max_size=3)


def at(root, path):
    for key in path:
        root = root[key]
    return root


@given(maps, paths, st.integers())
def test_what_was_set_is_there_and_the_old_map_is_unchanged(root, path, value):
    before = copy.deepcopy(root)
    try:
        new = with_value(root, path, value)
    except NotAMap:
        return
    assert at(new, path) == value
    assert without(new, path) == without(root, path) or len(path) > 1
    assert root == before


@given(maps, paths)
def test_what_was_deleted_is_gone_and_the_old_map_is_unchanged(root, path):
    before = copy.deepcopy(root)
    new = without(root, path)
    with pytest.raises((KeyError, TypeError)):
        at(new, path)
    assert root == before


def test_maps_on_the_way_are_made():
    assert with_value({"a": 1}, ("b", "c"), 2) == {"a": 1, "b": {"c": 2}}


def test_a_value_on_the_way_is_not_overwritten():
    with pytest.raises(NotAMap, match="'b' cannot be set"):
        with_value({"a": 1}, ("a", "b"), 2)
