"""The keywords of JSON Schema whose work a payload can multiply, in linear time. Never here: words for people.

jsonschema compares every item of a list with every other one, and Python's regular expressions try every way to match:
one payload would hold everything up for minutes. Patterns are RE2's, as in expressions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from nodes.values.schema_work import Faults, counted, entering, search

MOST_UNEVALUATED = 1_000
"""Items or keys that are looked through for those that no part of the schema spoke of."""

PATTERN_BYTES = 1 << 20
"""Memory that RE2 may use for one pattern once it is read."""

PATTERN_CHARACTERS = 2_000
"""While it reads one, RE2 takes some 7 KiB of memory for each character of the worst."""


def keyword_fault(schema: Any) -> str:
    """What no payload may be checked with, anywhere in a schema; empty for nothing."""
    keywords = set[str]()
    for keyword, value in _keywords(without_dialect(schema)):
        keywords.add(keyword)
        if keyword == "$schema" and isinstance(value, str):
            return "$schema is for the whole schema; none of its parts has another"
        patterns = value if keyword == "patternProperties" else [value] if keyword == "pattern" else ()
        for pattern in filter(lambda each: isinstance(each, str), patterns):
            try:
                _compiled(pattern)
            except ValueError as fault:
                return f"{pattern[:100]}: {fault}"
    if {"patternProperties", "unevaluatedProperties"} <= keywords:
        return "unevaluatedProperties does not go with patternProperties; additionalProperties does"
    return ""


def without_dialect(schema: Any) -> Any:
    """The schema without its `$schema`: where a part refers to it, the library would go on by its own keywords."""
    if not isinstance(schema, Mapping):
        return schema
    return {name: value for name, value in schema.items() if name != "$schema"}


def _keywords(schema: Any) -> Iterator[tuple[str, Any]]:
    """Every key of every map in it: more than are keywords, where properties are called like one."""
    waiting = [schema]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            yield from each.items()
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


@lru_cache(1_000)
def _compiled(pattern: str) -> Any:
    if len(pattern) > PATTERN_CHARACTERS:
        raise ValueError(f"a regular expression has at most {PATTERN_CHARACTERS} characters")
    import re2  # who has no patterns need not hold it

    options = re2.Options()
    options.max_mem = PATTERN_BYTES
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeError):
        raise ValueError("no regular expression that takes linear time (RE2)") from None


def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Faults:
    if isinstance(value, str) and not search(_compiled(pattern), value):
        yield ValidationError("does not match")


def _pattern_properties(validator: Any, patterns: Mapping[str, Any], value: Any, schema: Any) -> Faults:
    if isinstance(value, Mapping):
        for pattern, inner in patterns.items():
            compiled = _compiled(pattern)
            for key, each in value.items():
                if isinstance(key, str) and search(compiled, key):
                    yield from validator.descend(each, inner, path=key, schema_path=pattern)


def _additional_properties(validator: Any, inner: Any, value: Any, schema: Any) -> Faults:
    if not isinstance(value, Mapping):
        return
    known = schema.get("properties", {})
    patterns = [_compiled(each) for each in schema.get("patternProperties", ())]
    for key, each in value.items():
        if key in known or (isinstance(key, str) and any(search(pattern, key) for pattern in patterns)):
            continue
        if isinstance(inner, Mapping):
            yield from validator.descend(each, inner, path=key)
        elif not inner:
            yield ValidationError("additional properties")
            return


def _unique_items(validator: Any, wanted: bool, value: Any, schema: Any) -> Faults:
    if wanted and isinstance(value, list) and len(set(map(_written, value))) < len(value):
        yield ValidationError("items are not unique")


def _enum(validator: Any, allowed: list[Any], value: Any, schema: Any) -> Faults:
    """The library compares each; what Python calls equal comes first here, and few are left to compare."""
    try:
        first = allowed.index(value)
    except ValueError:
        yield ValidationError("none of these")
        return
    yield from _OF_LIBRARY["enum"](validator, allowed[first:], value, schema)


def _written(value: Any) -> str:
    """A text that two values share when JSON Schema calls them equal. Texts have hashes that nobody can aim at."""
    if isinstance(value, list):
        return f"[{','.join(map(_written, value))}]"
    if isinstance(value, Mapping):
        return f"{{{','.join(sorted(f'{_written(key)}:{_written(each)}' for key, each in value.items()))}}}"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{value!r}" if isinstance(value, str | bool | int | float | None) else f"{type(value).__name__} {value!r}"


def _few(keyword: str) -> Any:
    """The library's own keyword, for few items."""
    of_library = Draft202012Validator.VALIDATORS[keyword]

    def checked(validator: Any, inner: Any, value: Any, schema: Any) -> Faults:
        if isinstance(value, list | Mapping) and len(value) > MOST_UNEVALUATED:
            yield ValidationError(f"more than {MOST_UNEVALUATED}")
        else:
            yield from of_library(validator, inner, value, schema)

    return checked


_OF_LIBRARY: Mapping[str, Any] = Draft202012Validator.VALIDATORS
_OURS: Mapping[str, Any] = {
    "pattern": _pattern, "patternProperties": _pattern_properties, "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items, "enum": _enum, "unevaluatedItems": _few("unevaluatedItems"),
    "unevaluatedProperties": _few("unevaluatedProperties"),
}  # fmt: skip

Validator: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {name: counted(name, keyword) for name, keyword in {**_OF_LIBRARY, **_OURS}.items()}
)
"""Checks by JSON Schema 2020-12, each step counted; references lead nowhere without a registry."""

Validator.evolve = entering(Validator.evolve)
