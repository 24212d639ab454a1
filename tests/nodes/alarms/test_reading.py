"""What an alert reads out of messages: values, numbers, parents, notices of others."""

import pytest

from flowengine import Message
from flowengine.expression import compile_expression, compile_template
from nodes.alarms import reading


def test_the_value_is_the_expressions_else_the_payloads_value_else_the_payload():
    message = Message({"value": 3, "t": 4})
    assert reading.value_of(compile_expression("payload.t"), message) == 4
    assert reading.value_of(None, message) == 3
    assert reading.value_of(None, Message(7)) == 7
    assert reading.number_of("value", "1.5") == 1.5
    with pytest.raises(ValueError, match="of is not a number"):
        reading.number_of("of", "much")


def test_who_lacks_its_parent_has_none():
    template = compile_template("{gateway}")
    assert reading.filled(template, [Message(meta={"gateway": "g"}), Message(1)]) == ["g", None]


def test_notices_of_alarms_are_no_readings():
    notice = Message({"state": "active"}, meta={"alarm": {"node": "n", "key": "g1", "state": "active"}})
    values = [Message(1), Message(2)]
    assert reading.readings_and_notices(values) == (values, [])
    assert reading.readings_and_notices([values[0], notice, values[1]]) == (values, [("g1", "active")])
