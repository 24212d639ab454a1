"""Look-ups and operators whose cost or meaning Python leaves open: missing keys, text repetition, growing integers.

Each takes and gives plain values (what decoders make: numbers, texts, lists, maps) and raises TypeError or ValueError
with words for people. Nothing here reaches an attribute of a value by a name that comes from outside.
"""

from collections.abc import Mapping, Sequence
from typing import Any

MAX_TEXT = 65_536
"""Longest text that an operator or function takes or makes, in characters."""

MAX_ITEMS = 10_000
"""Longest list that an operator or function makes."""

MAX_LIST = 65_536
"""Longest list that a function goes through."""

MAX_INT_BITS = 256
INT_LIMIT = 1 << MAX_INT_BITS
NUMBERS = frozenset({int, float, bool})
SEQUENCES = (list, tuple, str, bytes)


def kind(value: object) -> str:
    """The kind of a value in a plant person's words: a number, a text, a list, a map, nothing."""
    words = {
        type(None): "nothing", bool: "true/false", int: "a number", float: "a number", str: "a text",
        bytes: "bytes", list: "a list", tuple: "a list", dict: "a map",
    }  # fmt: skip
    return words.get(type(value), "a map" if isinstance(value, Mapping) else f"a {type(value).__name__}")


def bounded(number: int) -> int:
    """The number itself. Raises ValueError when it is wider than 256 bits."""
    if -INT_LIMIT < number < INT_LIMIT:
        return number
    raise ValueError(f"a whole number wider than {MAX_INT_BITS} bits")


def bounded_text(text: str) -> str:
    """The text itself. Raises ValueError when it is longer than 64 Ki characters."""
    if len(text) <= MAX_TEXT:
        return text
    raise ValueError(f"a text longer than {MAX_TEXT} characters")


def bounded_list(function: str, value: Any) -> Sequence[Any]:
    """The list itself. Raises TypeError when it is none, ValueError when it is longer than a function goes through."""
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"{function} takes a list, not {kind(value)}")
    if len(value) > MAX_LIST:
        raise ValueError(f"{function} takes at most {MAX_LIST} items")
    return value


def look_up(container: Any, key: Any) -> Any:
    """The value at a key of a map or a position of a list or text; None when there is none, or nothing to look in."""
    if isinstance(container, (dict, Mapping)):
        return container.get(key)
    if not isinstance(container, SEQUENCES) or isinstance(key, str):
        return None
    if type(key) is not int:
        raise TypeError(f"a position in a list must be a whole number, not {kind(key)}")
    return container[key] if -len(container) <= key < len(container) else None


def cut(sequence: Any, first: Any, last: Any, step: Any) -> Any:
    """A part of a list or text; None when there is nothing to cut."""
    if sequence is None:
        return None
    if not isinstance(sequence, SEQUENCES):
        raise TypeError(f"only a list or a text can be cut, not {kind(sequence)}")
    length = len(range(*slice(first, last, step).indices(len(sequence))))
    limit = MAX_ITEMS if isinstance(sequence, (list, tuple)) else MAX_TEXT
    if length > limit:
        raise ValueError(f"[:] would make {kind(sequence)} longer than {limit}")
    return sequence[first:last:step]


def add(a: Any, b: Any) -> Any:
    """The sum of two numbers, or two texts (or lists) one after the other, bounded in length."""
    if type(a) is float and type(b) in NUMBERS:
        return a + b
    types = (type(a), type(b))
    if types[0] in NUMBERS and types[1] in NUMBERS:
        total = a + b
        return total if type(total) is float else bounded(total)
    if types not in ((str, str), (list, list)):
        raise TypeError(f"+ does not work between {kind(a)} and {kind(b)}")
    limit = MAX_TEXT if types[0] is str else MAX_ITEMS
    if len(a) + len(b) > limit:
        raise ValueError(f"+ would make {kind(a)} longer than {limit}")
    return a + b


def multiply(a: Any, b: Any) -> Any:
    """The product of two numbers; texts and lists are never repeated."""
    if type(a) is float and type(b) in NUMBERS:
        return a * b
    _numbers("*", a, b)
    product = a * b
    return product if type(product) is float else bounded(product)


def floor_divide(a: Any, b: Any) -> Any:
    """The quotient of two numbers, rounded down."""
    _numbers("//", a, b)
    return a // b


def remainder(a: Any, b: Any) -> Any:
    """What is left of a number after `//`, with the sign of `b`; never text formatting."""
    _numbers("%", a, b)
    return a % b


def _numbers(sign: str, a: Any, b: Any) -> None:
    for value in (a, b):
        if type(value) not in NUMBERS:
            raise TypeError(f"{sign} works on numbers only, not between {kind(a)} and {kind(b)}")
        if type(value) is int:
            bounded(value)
