"""What the two forms of an expression compile to."""

import ast

import pytest

from flowengine.expression.grammar import checked_tree
from flowengine.expression.rewrite import MESSAGE_NAMES, MessageForm, NamesForm, names_of
from flowengine.message import Message


def bind(function: str, pattern: str) -> str:
    return f"_{function}_{len(pattern)}"


@pytest.mark.parametrize(
    ("text", "of_message", "of_names"),
    [
        ("payload.value > 8", "m.payload.get('value') > 8", "_look_up(names['payload'], 'value') > 8"),
        ("payload.a.b", "m.payload.get('a', _nothing).get('b')", "_look_up(_look_up(names['payload'], 'a'), 'b')"),
        ("payload.list[0]", "m.payload.get('list', _nothing)[0]", "_look_up(_look_up(names['payload'], 'list'), 0)"),
        ("payload[topic]", "_look_up(m.payload, m.topic)", "_look_up(names['payload'], names['topic'])"),
        ("time", "m.time_ns / 1000000000", "names['time']"),
        ("message.id * 1.8 + 32", "m.id * 1.8 + 32", "_look_up(names['message'], 'id') * 1.8 + 32"),
        ("topic * 2", "_multiply(m.topic, 2)", "_multiply(names['topic'], 2)"),
        ("topic + topic", "_add(m.topic, m.topic)", "_add(names['topic'], names['topic'])"),
        ("topic % 2.0", "_remainder(m.topic, 2.0)", "_remainder(names['topic'], 2.0)"),
        ("topic[1:]", "_cut(m.topic, 1, None, None)", "_cut(names['topic'], 1, None, None)"),
        ("matches(topic, 'abc')", "_matches_3(m.topic)", "_matches_3(names['topic'])"),
        ("json(topic).get", "_look_up(json(m.topic), 'get')", "_look_up(json(names['topic']), 'get')"),
        ("(true, null)", "[True, None]", "[True, None]"),
        ("now_ns", "_not_in_message('now_ns')", "names['now_ns']"),
    ],
)
def test_names_and_dots_become_look_ups(text: str, of_message: str, of_names: str) -> None:
    for form, code in ((MessageForm(bind), of_message), (NamesForm(bind), of_names)):
        tree = checked_tree(text, (*MESSAGE_NAMES, "now_ns"))
        assert ast.unparse(form.visit(tree)) == code


def test_a_message_offers_every_name() -> None:
    message = Message(payload=1, topic="a", time_ns=1_500_000_000, meta={"b": 2}, arrived_ns=3, id=4)
    names = names_of(message)
    assert tuple(sorted(names)) == tuple(sorted(MESSAGE_NAMES))
    assert names["time"] == 1.5
