"""How deep and how wide a value is, level by level and without recursion: it comes from outside."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

_CONTAINERS = frozenset((list, dict))
_VALUES = dict.values


def outermost(value: Any) -> list[Any]:
    """The value itself when it is a list or map, as the first level of containers."""
    return [value] if type(value) in _CONTAINERS else []


def inside(level: Sequence[Any]) -> list[Any]:
    """The lists and maps that lie directly inside those of a level."""
    maps = [each for each in level if type(each) is dict]
    arrays = [each for each in level if type(each) is not dict]
    within = chain(chain.from_iterable(arrays), chain.from_iterable(map(_VALUES, maps)))
    return [each for each in within if type(each) in _CONTAINERS]


def is_deeper(value: Any, max_depth: int) -> bool:
    """Whether more than so many containers lie inside each other."""
    level = outermost(value)
    for _ in range(max_depth):
        level = inside(level)
        if not level:
            return False
    return True


def holds_more(value: Any, most: int) -> bool:
    """Whether the lists and maps in it have more than so many entries together."""
    level = outermost(value)
    while level:
        most -= sum(map(len, level))
        if most < 0:
            return True
        level = inside(level)
    return False
