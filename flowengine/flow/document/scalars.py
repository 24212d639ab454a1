"""The scalars of YAML 1.2's core schema (section 10.3.2), and nothing of YAML 1.1: `on` is text, so is a date."""

from __future__ import annotations

import math
import re

Plain = str | int | float | bool | None

_WORDS: dict[str, Plain] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    ".nan": math.nan, ".NaN": math.nan, ".NAN": math.nan,
    **{sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
}  # fmt: skip
_NUMBER_STARTS = frozenset("0123456789+-.")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
NUMBER_PATTERN = f"{_BASED.pattern}|{_FLOAT.pattern}"
"""Any number but the words; that of a float takes whole ones too."""

_MAX_DIGITS = 300

_CORE = "tag:yaml.org,2002:"
_TAGGED = {_CORE + "null": type(None), _CORE + "bool": bool, _CORE + "int": int, _CORE + "float": float}


def scalar(text: str) -> Plain:
    """What an unquoted scalar means. Raises ValueError for a number too large to hold."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    if _INTEGER.fullmatch(text):
        return _bounded(int, text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    return _bounded(float, text) if _FLOAT.fullmatch(text) else text


def tagged(text: str, tag: str) -> Plain:
    """What a scalar with an explicit tag means. Raises ValueError for an unknown tag or a text that does not fit."""
    if tag in ("!", _CORE + "str"):
        return text
    wanted = _TAGGED.get(tag)
    if wanted is None:
        if not tag.startswith(_CORE):
            raise ValueError("a value that begins with ! needs quotes")
        raise ValueError(f"the tag {tag.replace(_CORE, '!!')} is not part of YAML's core schema")
    value = scalar(text)
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise ValueError(f"{text[:40]!r} is not {tag.replace(_CORE, '!!')}")
    return value


def _bounded(kind: type[int] | type[float], text: str) -> int | float:
    value = kind(text) if len(text) <= _MAX_DIGITS else math.inf
    if math.isinf(value):
        raise ValueError("the number is too large")
    return value
