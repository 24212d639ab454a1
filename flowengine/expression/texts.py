"""The text and list functions of expressions: case, parts, search, joining, keys, conversion to text and from JSON.

Pure, and bounded: no function takes or makes a text longer than 64 Ki characters. Regular expressions are RE2's, linear
in the text's length, and are compiled with the expression (see `patterns`).
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from flowengine.expression.values import MAX_ITEMS, MAX_TEXT, NUMBERS, bounded, bounded_list, bounded_text, kind

MAX_STRIPPED = 256


def text(x: Any) -> str:
    """The value as text: true/false in lower case, lists and maps as JSON. Raises TypeError for a missing value."""
    if type(x) is str:
        return bounded_text(x)
    if x is None:
        raise TypeError('text of a missing value; give a default with coalesce(x, "")')
    if type(x) is bool:
        return "true" if x else "false"
    if isinstance(x, bytes):
        try:
            return bounded_text(x.decode())
        except UnicodeDecodeError:
            raise ValueError("text: these bytes are no text (UTF-8)") from None
    if type(x) in NUMBERS:
        return str(bounded(x) if type(x) is int else x)
    return bounded_text(_encoded(x))


def truth(x: Any) -> bool:
    """Whether x is true: texts by their word (true on yes 1 / false off no 0), all else as in a condition."""
    if not isinstance(x, str):
        return bool(x)
    word = _text("bool", x).strip().lower()
    if word in ("true", "on", "yes", "1"):
        return True
    if word in ("false", "off", "no", "0", ""):
        return False
    raise ValueError("bool: this text is neither true nor false")


def length(x: Any) -> int:
    """The number of characters, items or keys."""
    if not isinstance(x, (str, bytes, list, tuple, Mapping)):
        raise TypeError(f"len takes a text, a list or a map, not {kind(x)}")
    return len(x)


def lower(x: Any) -> str:
    """The text in lower case."""
    return _text("lower", x).lower()


def upper(x: Any) -> str:
    """The text in upper case."""
    return bounded_text(_text("upper", x).upper())


def strip(x: Any, characters: Any = None) -> str:
    """The text without blanks (or the given characters) at both ends."""
    if characters is not None and len(_text("strip", characters)) > MAX_STRIPPED:
        raise ValueError(f"strip takes at most {MAX_STRIPPED} characters to leave out")  # Python looks at all for each
    return _text("strip", x).strip(characters)


def replace(x: Any, old: Any, new: Any) -> str:
    """The text with every `old` replaced by `new`."""
    whole, before, after = _text("replace", x), _text("replace", old), _text("replace", new)
    if not before:
        raise ValueError("replace: the text to look for is empty")
    if len(after) > len(before):
        added = whole.count(before) * (len(after) - len(before))
        if len(whole) + added > MAX_TEXT:
            raise ValueError(f"replace would make a text longer than {MAX_TEXT} characters")
    return whole.replace(before, after)


def split(x: Any, separator: Any = None) -> list[str]:
    """The parts of a text between separators (blanks, if none is given)."""
    mark = None if separator is None else _text("split", separator)
    if mark == "":
        raise ValueError("split: the separator is empty")
    parts = _text("split", x).split(mark, MAX_ITEMS)
    if len(parts) > MAX_ITEMS:
        raise ValueError(f"split would make a list longer than {MAX_ITEMS}")
    return parts


def join(items: Any, separator: Any = "") -> str:
    """The items as one text, with the separator between them."""
    mark = _text("join", separator)
    parts: list[str] = []
    left = MAX_TEXT
    for item in bounded_list("join", items):
        part = text(item)
        left -= len(part) + len(mark)
        if left < 0:
            raise ValueError(f"join would make a text longer than {MAX_TEXT} characters")
        parts.append(part)
    return mark.join(parts)


def starts_with(x: Any, beginning: Any) -> bool:
    """Whether the text begins with another."""
    return _text("startswith", x).startswith(_text("startswith", beginning))


def ends_with(x: Any, ending: Any) -> bool:
    """Whether the text ends with another."""
    return _text("endswith", x).endswith(_text("endswith", ending))


def contains(x: Any, part: Any) -> bool:
    """Whether a text has a part, a list an item or a map a key."""
    if not isinstance(x, (str, list, tuple, Mapping)):
        raise TypeError(f"contains takes a text, a list or a map, not {kind(x)}")
    return part in x


def coalesce(first: Any, *others: Any) -> Any:
    """The first argument that is not missing; None when all are."""
    if first is not None:
        return first
    return next((value for value in others if value is not None), None)


def keys(x: Any) -> list[Any]:
    """The keys of a map."""
    return list(_map("keys", x))


def values(x: Any) -> list[Any]:
    """The values of a map."""
    return list(_map("values", x).values())


def some(items: Any) -> bool:
    """Whether at least one item of a list is true."""
    return any(bounded_list("any", items))


def every(items: Any) -> bool:
    """Whether all items of a list are true."""
    return all(bounded_list("all", items))


def from_json(x: Any) -> Any:
    """What a JSON text stands for."""
    try:
        return msgspec.json.decode(_text("json", x))
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise ValueError("json: this text is not JSON") from None


def is_text(x: Any) -> bool:
    """Whether x is a text."""
    return isinstance(x, str)


def _text(function: str, x: Any) -> str:
    if not isinstance(x, str):
        raise TypeError(f"{function} works on text only, not {kind(x)}; text(x) makes text")
    return bounded_text(x)


def _map(function: str, x: Any) -> Mapping[Any, Any]:
    if not isinstance(x, Mapping):
        raise TypeError(f"{function} takes a map, not {kind(x)}")
    if len(x) > MAX_ITEMS:
        raise ValueError(f"{function} would make a list longer than {MAX_ITEMS}")
    return x


def _encoded(x: Any) -> str:
    try:
        return msgspec.json.encode(x).decode()
    except (TypeError, ValueError, RecursionError, OverflowError):
        raise ValueError(f"text: {kind(x)} that cannot be written as JSON") from None
