"""How deep a value is nested."""

import pytest

from nodes.codecs.depth import is_deeper


@pytest.mark.parametrize(("value", "depth"), [(1, 0), ([], 1), ([[]], 2), ({"a": [{}]}, 3)])
def test_a_value_is_deeper_than_less_than_its_depth(value: object, depth: int) -> None:
    assert not is_deeper(value, max(depth, 1))
    assert depth < 2 or is_deeper(value, depth - 1)
