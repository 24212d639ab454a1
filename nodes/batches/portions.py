"""Large batches in portions: what is worked on together while nothing else moves. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def portions(items: Sequence[T], sizes: Iterable[int], most: int) -> Iterator[Sequence[T]]:
    """All items in parts whose sizes come to at most so much, or of one item."""
    first, left = 0, most
    for at, size in enumerate(sizes):
        left -= size
        if left < 0 and at > first:
            yield items[first:at]
            first, left = at, most - size
    if first < len(items):
        yield items[first:]
