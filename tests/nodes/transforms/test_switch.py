"""nodes/transforms/switch.py"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from flowengine.expression import ExpressionError
from flowengine.testing import make, messages, payloads
from nodes.transforms.switch import Switch

RULES = "rules: {hot: payload > 40, warm: payload > 20, cold: payload < 5}"


@given(st.lists(st.integers(-10, 60)))
def test_every_message_leaves_by_exactly_one_port_in_order(values):
    out = payloads(make(Switch, RULES).route(messages(values)))
    assert out.get("hot", []) == [v for v in values if v > 40]
    assert out.get("warm", []) == [v for v in values if 20 < v <= 40]
    assert out.get("cold", []) == [v for v in values if v < 5]
    assert out.get("otherwise", []) == [v for v in values if 5 <= v <= 20]


@given(st.lists(st.integers(-10, 60)))
def test_with_all_a_message_leaves_by_every_port_that_fits(values):
    out = payloads(make(Switch, f"{{match: all, {RULES}}}").route(messages(values)))
    assert out.get("hot", []) == [v for v in values if v > 40]
    assert out.get("warm", []) == [v for v in values if v > 20]
    assert out.get("otherwise", []) == [v for v in values if 5 <= v <= 20]


def test_the_ports_are_those_of_the_settings():
    config = Switch.config_type().model_validate({"rules": {"b": "payload", "a": "payload"}})
    assert Switch.ports(config) == ("b", "a", "otherwise")


def test_reserved_names_and_bad_rules_are_found_before_the_flow_runs():
    config = Switch.config_type().model_validate({"rules": {"error": "payload", "otherwise": "payload"}})
    assert [option for option, _ in Switch.check(config)] == ["rules", "rules"]
    for rules in ({}, {"a": "payload >"}, {"a b": "payload"}):
        with pytest.raises(ValidationError):
            Switch.config_type().model_validate({"rules": rules})


def test_a_message_that_cannot_be_judged_is_an_error():
    with pytest.raises(ExpressionError):
        make(Switch, RULES).route(messages(["hot"]))
