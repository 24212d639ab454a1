"""A JSON Schema in words, as HTML. Checks nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, NamedTuple

DEEPEST = 8
"""Schemas within schemas beyond it are not told."""


class Words(NamedTuple):
    """What a schema says, in one language."""

    kinds: Mapping[str, str]
    needed: str
    least: str
    most: str
    length: str
    fits: str
    by_default: str
    each: str
    any_name: str
    one_of: str


WORDS = {
    "en": Words(
        {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false", "null": "null",
         "object": "map", "array": "list", "date-time": "time"},
        "needed", "at least {}", "at most {}", "at most {} characters", "must fit", "by default", "each",
        "any name", "one of",
    ),
    "fr": Words(
        {"string": "texte", "number": "nombre", "integer": "nombre entier", "boolean": "vrai ou faux", "null": "null",
         "object": "objet", "array": "liste", "date-time": "heure"},
        "nécessaire", "au moins {}", "au plus {}", "{} caractères au plus", "de la forme", "par défaut", "chacun",
        "tout nom", "parmi",
    ),
}  # fmt: skip


def in_words(schema: Any, language: str) -> str:
    """The schema as HTML: its kind and limits, and a list of what it holds."""
    return _told(schema, WORDS[language], DEEPEST)


def _told(schema: Any, words: Words, deep: int) -> str:
    if not isinstance(schema, Mapping) or not schema or deep == 0:
        return ""
    return ", ".join(_facts(schema, words)) + _held(schema, words, deep)


def _facts(schema: Mapping[str, Any], words: Words) -> Iterator[str]:
    kinds = schema.get("type", [])
    names = [schema["format"]] if schema.get("format") in words.kinds else [kinds] if isinstance(kinds, str) else kinds
    if "enum" in schema or "const" in schema:
        yield f"{words.one_of} " + " ".join(_code(each) for each in schema.get("enum", [schema.get("const")]))
    elif names:
        yield " / ".join(words.kinds.get(str(name), escape(str(name))) for name in names)
    for option, said in (("minimum", words.least), ("maximum", words.most), ("maxLength", words.length)):
        if option in schema:
            yield said.format(schema[option])
    if "description" in schema:
        yield escape(str(schema["description"]))
    elif "pattern" in schema:
        yield f"{words.fits} {_code(schema['pattern'])}"
    if "default" in schema:
        yield f"{words.by_default} {_code(schema['default'])}"


def _held(schema: Mapping[str, Any], words: Words, deep: int) -> str:
    needed = schema.get("required", ())
    lines = [
        _line(f"<code>{escape(name)}</code>", each, words, deep, words.needed if name in needed else "")
        for name, each in schema.get("properties", {}).items()
    ]
    others = schema.get("additionalProperties")
    if isinstance(others, Mapping) and others:
        lines.append(_line(words.any_name, others, words, deep))
    if isinstance(schema.get("items"), Mapping):
        lines.append(_line(words.each, schema["items"], words, deep))
    return f"<ul>{''.join(lines)}</ul>" if lines else ""


def _line(name: str, schema: Any, words: Words, deep: int, needed: str = "") -> str:
    told = _told(schema, words, deep - 1)
    return f"<li>{name}{f' ({needed})' if needed else ''}{': ' if told else ''}{told}</li>"


def _code(value: Any) -> str:
    return f"<code>{escape(value if isinstance(value, str) else json.dumps(value))}</code>"
