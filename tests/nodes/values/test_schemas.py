"""JSON Schema: what is wrong is said in plain words, and the same for every value."""

from __future__ import annotations

from typing import Any

import pytest

from nodes.values.schema_work import TOO_MUCH
from nodes.values.schemas import Shape, schema_fault

RULE = {
    "type": "object",
    "required": ["io", "op"],
    "additionalProperties": False,
    "properties": {
        "io": {"type": "string", "minLength": 1, "maxLength": 3, "pattern": "^[a-z]*$"},
        "mac": {"pattern": "^[0-9A-F]*$", "description": "such as 24AF"},
        "unit": {"not": {"const": "", "description": "no unit"}},
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
    ({"io": "a", "op": "<", "mac": "x"}, "mac does not look as it must: such as 24AF"),
    ({"io": "a", "op": "<", "unit": ""}, "unit is no unit"),
    ({"io": "a", "op": "<", "value": "x"}, "value is not a number or true or false"),
    ({"io": "a", "op": "<", "value": -1}, "value is too small; at least 0"),
    ({"io": "a", "op": "<", "value": 10}, "value is too large; less than 10"),
    ({"io": "a", "op": "<", "all": [1]}, "all is too short; at least 2"),
    (
        {"io": "a", "op": "<", "b": 1},
        "payload has something that is not known here; known are io, mac, unit, op, value, all",
    ),
]


@pytest.mark.parametrize(("value", "said"), WRONG)
def test_a_fault_is_said_in_plain_words(value: Any, said: str) -> None:
    assert Shape(RULE).fault(value) == said


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        ({"const": True}, "yes", "payload is not true"),
        (
            {"anyOf": [{"required": ["relay"]}, {"required": ["feature"]}]},
            {"x": 1},
            "payload lacks one of relay, feature",
        ),
        (
            {"anyOf": [{"required": ["a"]}, {"required": ["t"], "properties": {"t": {"const": "é"}}}]},
            {"t": "x"},
            't is not "é"',
        ),
        ({"anyOf": [{"type": "string"}, {"minimum": 3}]}, 1, "payload has none of the forms that it may have"),
        ({"multipleOf": 5}, 7, "payload breaks multipleOf: 5"),
        ({"properties": {"feature": False}}, {"feature": 1}, "payload has something that is not known here"),
    ],
)
def test_choices_are_said_without_words_of_python(schema: dict[str, Any], value: Any, said: str) -> None:
    assert Shape(schema).fault(value) == said


def test_what_is_allowed_has_no_fault_and_a_schema_that_is_none_is_told() -> None:
    assert Shape(RULE).fault({"io": "a", "op": "<", "value": 1}) == ""
    assert schema_fault(RULE) == "" and "$.type" in schema_fault({"type": "strange"})


EQUAL = [[1, 1.0], [{"a": [1], "b": 2}, {"b": 2, "a": [1.0]}], ["x", "y", "x"], [None, None], [[], []]]
DIFFERENT = [[1, True], [0, False], [{"a": 1}, {"a": "1"}], ["1", 1], [[1, 2], [12]], [[], {}], ["", None]]


def test_items_are_unique_as_json_schema_says() -> None:
    shape = Shape({"uniqueItems": True})
    assert all(shape.fault(items) for items in EQUAL) and not any(shape.fault(items) for items in DIFFERENT)


def test_keys_that_fit_a_pattern_are_checked_and_no_others_come_in() -> None:
    fits = {"patternProperties": {"^t_": {"type": "number"}}, "properties": {"n": {}}}
    shape = Shape({**fits, "additionalProperties": False})
    assert shape.fault({"t_1": 2.5, "n": "x"}) == ""
    assert shape.fault({"t_1": "x"}) == "t_1 is not a number" and "not known here" in shape.fault({"u": 1})
    assert Shape({"additionalProperties": {"type": "null"}}).fault({"a": 1}) == "a is not null"


@pytest.mark.parametrize("keyword", [{"pattern": "(?=a)b"}, {"items": {"patternProperties": {"(a)\\1": {}}}}])
def test_a_pattern_that_takes_more_than_linear_time_is_refused(keyword: dict[str, Any]) -> None:
    assert "linear time" in schema_fault(keyword)


NUMBERS = list(range(30_000))


def deep(levels: int, inmost: Any) -> Any:
    for _ in range(levels):
        inmost = [inmost]
    return inmost


MANY = {
    "a rule for each item": ({"items": {"type": "integer"}}, NUMBERS),
    "five rules for each": ({"items": {"type": "integer", "minimum": 0, "maximum": 9, "multipleOf": 1, "enum": [5]}},
                            [5] * 15_000),
    "faults of each choice": ({"anyOf": [{"items": {"type": "string"}}, {"items": {"type": "null"}}]}, NUMBERS[:9_000]),
    "contains": ({"contains": {"type": "string"}}, NUMBERS),
    "many choices": ({"items": {"enum": [str(n) for n in range(300)]}}, ["299"] * 9_000),
    "references": ({"items": {"$ref": "#/$defs/n"}, "$defs": {"n": True}}, NUMBERS[:15_000]),
    "keys": ({"propertyNames": {"pattern": "^k"}}, {f"k{n}": n for n in range(15_000)}),
    "a fault that writes out all of it, for each level":
        ({"anyOf": [{"type": "string"}, {"items": {"$ref": "#"}}]}, deep(20, NUMBERS[:7_000])),
    "a large pattern": ({"pattern": "[ab]{0,900}c"}, "ab" * 10_000),
    "items that are unique, on each level":
        ({"uniqueItems": True, "items": {"anyOf": [{"type": "integer"}, {"$ref": "#"}]}}, deep(60, NUMBERS[:5_000])),
}  # fmt: skip


@pytest.mark.parametrize("name", MANY)
def test_values_and_rules_that_multiply_are_refused_before_they_hold_the_loop(name: str) -> None:
    schema, value = MANY[name]
    assert Shape(schema).fault(value) == f"payload {TOO_MUCH}"


def test_what_a_check_takes_is_the_same_each_time_and_for_as_much_of_what_else_there_is() -> None:
    shape = Shape({"items": {"type": "integer"}})
    assert [shape.fault(NUMBERS[:20_000]) for _ in range(2)] == ["", ""]
    assert Shape({}).fault([NUMBERS]) == "" and Shape({"maxLength": 2_000_000}).fault("a" * 1_000_000) == ""


def test_a_part_that_refers_to_a_schema_with_a_dialect_is_counted_too() -> None:
    dialect = "https://json-schema.org/draft/2020-12/schema"
    shape = Shape({"$schema": dialect, "type": ["array", "integer"], "items": {"$ref": "#"}})
    assert shape.fault([1, [2]]) == "" and shape.fault([NUMBERS]) == f"payload {TOO_MUCH}"
    assert "$schema" in schema_fault({"items": {"$schema": dialect}}) and not schema_fault({"$schema": dialect})
