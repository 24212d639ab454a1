"""Portions are small or of one item, in order, and leave nothing out."""

import pytest

from nodes.batches.portions import portions


@pytest.mark.parametrize(
    ("sizes", "parts"),
    [
        ([], []),
        ([1], [1]),
        ([9], [1]),
        ([9, 9, 9], [1, 1, 1]),
        ([1, 2, 9, 3], [2, 1, 1]),
        ([2] * 5, [2, 2, 1]),
        ([0] * 9, [9]),
    ],
)
def test_portions_are_small_or_of_one(sizes: list[int], parts: list[int]) -> None:
    items = list(range(len(sizes)))
    found = list(portions(items, sizes, 5))
    assert [len(part) for part in found] == parts and [item for part in found for item in part] == items
