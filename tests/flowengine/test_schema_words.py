"""The page of what flows serve says schemas in words."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine.schema_words import in_words


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({}, ""),
        ({"type": "integer", "minimum": 1, "maximum": 7, "default": 1},
         "whole number, at least 1, at most 7, by default <code>1</code>"),
        ({"type": ["string", "null"], "maxLength": 64}, "text / null, at most 64 characters"),
        ({"type": "string", "format": "date-time"}, "time"),
        ({"enum": ["ON", 1, None]}, "one of <code>ON</code> <code>1</code> <code>null</code>"),
        ({"const": True}, "one of <code>true</code>"),
        ({"type": "string", "pattern": "^<a>$"}, "text, must fit <code>^&lt;a&gt;$</code>"),
        ({"type": "string", "pattern": "^a$", "description": "an <a>"}, "text, an &lt;a&gt;"),
        ({"type": "array", "items": {"type": "number", "description": "ms"}}, "list<ul><li>each: number, ms</li></ul>"),
        ({"type": "object", "additionalProperties": {"type": "boolean"}},
         "map<ul><li>any name: true or false</li></ul>"),
    ],
)  # fmt: skip
def test_a_schema_is_told_in_words(schema: dict[str, Any], said: str) -> None:
    assert in_words(schema, "en") == said


def test_what_a_map_holds_is_a_list_that_says_what_is_needed() -> None:
    schema = {"type": "object", "required": ["value"], "properties": {"value": {"type": "number"}, "any": {}}}
    said = in_words(schema, "fr")
    assert said == "objet<ul><li><code>value</code> (nécessaire): nombre</li><li><code>any</code></li></ul>"


def test_schemas_within_schemas_end() -> None:
    schema: dict[str, Any] = {"type": "array"}
    schema["items"] = schema
    assert in_words(schema, "en").count("each") == 8
