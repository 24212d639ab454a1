"""How deep a value is nested, level by level and without recursion: it comes from outside."""

from itertools import chain
from typing import Any

_CONTAINERS = frozenset((list, dict, tuple))  # a tuple is an array as a key
_VALUES = dict.values


def is_deeper(value: Any, max_depth: int) -> bool:
    """Whether more than so many containers lie inside each other."""
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(max_depth):
        maps = [each for each in level if type(each) is dict]
        arrays = [each for each in level if type(each) is not dict]
        inside = chain(chain.from_iterable(arrays), chain.from_iterable(maps), chain.from_iterable(map(_VALUES, maps)))
        level = [each for each in inside if type(each) in _CONTAINERS]
        if not level:
            return False
    return True
