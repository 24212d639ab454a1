"""nodes/transforms/expression.py"""

import pytest

from flowengine import Message, Rejected
from flowengine.expression import ExpressionError
from flowengine.testing import make, messages, payloads
from nodes.transforms.expression import Expression


def test_expression_replaces_the_payload_and_nothing_else():
    given = Message({"a": 2}, "t", 1, {"m": 3}, 4, 5)
    assert make(Expression, "value: payload.a * meta.m").process([given]) == [given.replace(payload=6)]


def test_fields_are_computed_over_the_message_as_it_came_in():
    node = make(Expression, "fields: {a: payload.b, b: payload.a}")
    assert payloads(node.process(messages([{"a": 1, "b": 2, "c": 3}]))) == [{"a": 2, "b": 1, "c": 3}]


def test_fields_beside_a_payload_that_is_no_map_are_an_error():
    with pytest.raises(Rejected, match="not a map"):
        make(Expression, "fields: {a: '1'}").process(messages([5]))


def test_what_cannot_be_computed_is_an_error():
    with pytest.raises(ExpressionError):
        make(Expression, "value: payload.a / 0").process(messages([{"a": 1}]))


@pytest.mark.parametrize("config", [{}, {"value": "payload", "fields": {"a": "payload"}}])
def test_value_and_fields_are_found_to_exclude_each_other(config):
    assert [option for option, _ in Expression.check(Expression.config_type().model_validate(config))] == ["value"]


def test_let_names_what_is_used_again_each_knowing_those_before_it():
    node = make(Expression, "{let: {rh: payload.rh / 100, dry: rh < 0.5}, fields: {rh: rh, dry: dry}}")
    assert payloads(node.process(messages([{"rh": 40}]))) == [{"rh": 0.4, "dry": True}]


def test_let_refuses_names_that_hide_or_are_not_there_yet():
    for let, text in (("{payload: 1}", "the message's own"), ("{a: b, b: 1}", "a: "), ("{a-b: 1}", "is no name")):
        with pytest.raises(ValueError, match=text):
            make(Expression, f"{{let: {let}, value: '1'}}")
    with pytest.raises(ValueError, match="rhh"):
        make(Expression, "{let: {rh: payload.rh}, value: rhh}")
