"""JSON Schema: what is wrong is said in plain words, and the same for every value."""

from __future__ import annotations

from typing import Any

import pytest

from nodes.values.schemas import Shape, schema_fault

RULE = {
    "type": "object",
    "required": ["io", "op"],
    "additionalProperties": False,
    "properties": {
        "io": {"type": "string", "minLength": 1, "maxLength": 3, "pattern": "^[a-z]*$"},
        "op": {"enum": ["<", ">"]},
        "value": {"type": ["number", "boolean"], "minimum": 0, "exclusiveMaximum": 10},
        "all": {"type": "array", "minItems": 2},
    },
}

WRONG = [
    ([1], "payload is not a map"),
    ({}, "payload lacks io, op"),
    ({"io": "a", "op": "~"}, "op is none of <, >"),
    ({"io": "", "op": "<"}, "io is empty"),
    ({"io": "abcd", "op": "<"}, "io is too long; at most 3"),
    ({"io": "A", "op": "<"}, "io does not look as it must: ^[a-z]*$"),
    ({"io": "a", "op": "<", "value": "x"}, "value is not a number or true or false"),
    ({"io": "a", "op": "<", "value": -1}, "value is too small; at least 0"),
    ({"io": "a", "op": "<", "value": 10}, "value is too large; less than 10"),
    ({"io": "a", "op": "<", "all": [1]}, "all is too short; at least 2"),
    ({"io": "a", "op": "<", "b": 1}, "payload has something that is not known here; known are io, op, value, all"),
]


@pytest.mark.parametrize(("value", "said"), WRONG)
def test_a_fault_is_said_in_plain_words(value: Any, said: str) -> None:
    assert Shape(RULE).fault(value) == said


def test_what_is_allowed_has_no_fault_and_a_schema_that_is_none_is_told() -> None:
    assert Shape(RULE).fault({"io": "a", "op": "<", "value": 1}) == ""
    assert schema_fault(RULE) == "" and "$.type" in schema_fault({"type": "strange"})
