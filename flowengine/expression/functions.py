"""The functions an expression may call, by the name flow authors write, and how many arguments each takes.

The functions themselves live in `numbers`, `texts` and `patterns`.
"""

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from flowengine.expression import numbers, patterns, texts
from flowengine.expression.binary import BINARY
from flowengine.expression.times import TIMES

PATTERN_FUNCTIONS: Mapping[str, Callable[[Any], Callable[[Any], Any]]] = MappingProxyType(
    {"matches": patterns.matcher, "extract": patterns.extractor}
)
"""Functions of a text and a constant pattern: from the compiled pattern to the function of the text alone."""

FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        **BINARY,
        **TIMES,
        "abs": numbers.absolute,
        "all": texts.every,
        "any": texts.some,
        "bool": texts.truth,
        "ceil": numbers.ceil,
        "clamp": numbers.clamp,
        "coalesce": texts.coalesce,
        "contains": texts.contains,
        "endswith": texts.ends_with,
        "exp": numbers.exponential,
        "floor": numbers.floor,
        "hex": numbers.hexadecimal,
        "int": numbers.whole,
        "is_number": numbers.is_number,
        "is_text": texts.is_text,
        "join": texts.join,
        "json": texts.from_json,
        "keys": texts.keys,
        "len": texts.length,
        "log": numbers.logarithm,
        "log10": numbers.logarithm_10,
        "lower": texts.lower,
        "max": numbers.largest,
        "mean": numbers.mean,
        "min": numbers.smallest,
        "number": numbers.number,
        "pow": numbers.power,
        "replace": texts.replace,
        "round": numbers.rounded,
        "split": texts.split,
        "sqrt": numbers.square_root,
        "startswith": texts.starts_with,
        "strip": texts.strip,
        "sum": numbers.total,
        "text": texts.text,
        "upper": texts.upper,
        "values": texts.values,
    }
)

FUNCTION_NAMES = frozenset(FUNCTIONS) | frozenset(PATTERN_FUNCTIONS)


def arguments_of(name: str) -> tuple[int, int | None]:
    """The fewest and the most arguments of a function; None where there is no most."""
    if name in PATTERN_FUNCTIONS:
        return 2, 2
    parameters = inspect.signature(FUNCTIONS[name]).parameters.values()
    fewest = sum(p.default is p.empty and p.kind is not p.VAR_POSITIONAL for p in parameters)
    endless = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    return fewest, None if endless else len(parameters)
