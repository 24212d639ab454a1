"""nodes/transforms/filter.py"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from flowengine import Message
from flowengine.expression import ExpressionError
from flowengine.store.rtdb import Point
from flowengine.testing import TestContext, make, messages, payloads
from nodes.transforms.filter import Filter


@given(st.lists(st.integers(0, 100)))
def test_a_message_passes_the_filter_or_its_inverse_unchanged_and_in_order(values):
    given = messages(values)
    assert make(Filter, "where: payload > 50").process(given) == [m for m in given if m.payload > 50]
    assert make(Filter, "{where: payload > 50, invert: true}").process(given) == [m for m in given if m.payload <= 50]


def test_a_message_that_cannot_be_judged_is_an_error():
    with pytest.raises(ExpressionError):
        make(Filter, "where: payload.value > 5").process(messages([{"value": "hot"}]))


def test_a_bad_condition_is_found_before_the_flow_runs():
    with pytest.raises(ValidationError):
        make(Filter, "where: payload >")


def test_filter_knows_limits_that_people_change():
    context = TestContext()
    node = make(Filter, "{limits: {hot: {key: 'limits/{d}', default: 40}}, where: payload > hot}", context)
    given = [Message(20, meta={"d": "a"}), Message(50, meta={"d": "a"})]
    assert payloads(node.process(given)) == [50]
    context.rtdb.load({"limits/a": Point(10)})
    assert payloads(node.process(given)) == [20, 50]
    below = make(Filter, "{limits: {hot: limits/a}, where: payload > hot, invert: true}", context)
    context.rtdb.load({"limits/a": Point(30)})
    assert payloads(below.process(given)) == [20]
