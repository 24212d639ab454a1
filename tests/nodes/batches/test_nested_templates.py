"""Templates are filled at any depth."""

from flowengine import Message
from nodes.batches.nested_templates import Nested, has_templates


def test_templates_inside_maps_and_lists_are_filled_and_keep_their_type() -> None:
    given = {"device": "{d}", "list": ["{d}", 1, {"n": "{payload}"}], "text": "plain"}
    assert Nested(given).values([Message(5, meta={"d": "7"})]) == [
        {"device": "7", "list": ["7", 1, {"n": 5}], "text": "plain"}
    ]


def test_a_constant_has_none() -> None:
    assert not has_templates({"a": [1, "x"]}) and has_templates([{"a": "{x}"}])
