"""Operators and look-ups that could blow up or leak in plain Python."""

import time
from types import MappingProxyType
from typing import Any

import pytest

from flowengine.expression import ExpressionError, compile_expression
from flowengine.expression.values import MAX_ITEMS, MAX_TEXT, add, cut, kind, look_up
from flowengine.message import Message

HUGE = 1 << 8_000_000


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("'a' * 1000000000", None),
        ("1000000000 * 'a'", None),
        ("[0] * 1000000000", None),
        ("payload.a * payload.b", {"a": "x", "b": 10**9}),
        ("payload.a * 1.0", {"a": "x"}),
        ("payload.a * payload.a", {"a": HUGE}),
        ("payload.a // 3", {"a": HUGE}),
        ("3 % payload.a", {"a": HUGE}),
        ("payload.a % 3", {"a": "%1000000000d"}),
        ("payload.a % 3.0", {"a": "%1000000000d"}),
        ("payload.a + payload.a", {"a": HUGE}),
        ("payload.a + payload.a", {"a": "x" * (MAX_TEXT // 2 + 1)}),
        ("payload.a + payload.a", {"a": [0] * (MAX_ITEMS // 2 + 1)}),
        ("payload.a + payload.b", {"a": "x", "b": 1}),
        ("text(payload.a)", {"a": HUGE}),
        ("round(payload.a)", {"a": 1e300}),
        ("round(5, -1000000000)", None),
        ("pow(10, 1000000000)", None),
        (" * ".join(["99999999"] * 10), None),
    ],
)
def test_growth_is_refused_at_once(text: str, payload: Any) -> None:
    expression = compile_expression(text)
    began = time.process_time()
    with pytest.raises(ExpressionError):
        expression(Message(payload=payload))
    assert time.process_time() - began < 0.5


def test_ordinary_sums_and_products_are_pythons() -> None:
    assert add(1, 2.5) == 3.5
    assert add("a", "b") == "ab"
    assert add([1], [2]) == [1, 2]
    assert compile_expression("7 // 2 * 3 - 7 % 4")(Message()) == 6
    assert compile_expression("payload * 2")(Message(payload=True)) == 2


class Device:
    secret = "hunter2"

    def get(self, key: str) -> str:
        return self.secret + key


def test_a_look_up_never_reaches_an_attribute() -> None:
    device = Device()
    assert look_up(device, "secret") is None
    names = {"payload": {"device": device, "__class__": "key"}}
    for text in ("payload.device.secret", "payload.device['secret']", "payload['device'].get"):
        assert compile_expression(text).evaluate_names(names) is None
        assert compile_expression(text)(Message(payload={"device": {"other": device}})) is None
    assert compile_expression("payload['__class__']").evaluate_names(names) == "key"
    assert compile_expression("payload['__class__']")(Message(payload={})) is None


def test_look_ups_give_none_for_what_is_not_there() -> None:
    assert look_up({"a": 1}, "a") == 1
    assert look_up(MappingProxyType({"a": 1}), "a") == 1
    for container, key in (({}, "a"), ([1], 1), ([1], -2), ([1], "a"), ("abc", "a"), (5, "a"), (None, 0)):
        assert look_up(container, key) is None
    assert look_up([1, 2], -1) == 2
    with pytest.raises(TypeError, match="whole number, not a number"):
        look_up([1], 1.0)


def test_a_cut_takes_lists_and_texts_only() -> None:
    assert cut("abc", None, 2, None) == "ab"
    assert cut([1, 2, 3], None, None, -1) == [3, 2, 1]
    assert cut(None, 1, 2, None) is None
    with pytest.raises(TypeError, match="not a map"):
        cut({}, 1, 2, None)


def test_a_cut_is_bounded() -> None:
    assert cut("x" * 2 * MAX_TEXT, MAX_TEXT, None, None) == "x" * MAX_TEXT
    assert len(cut([0] * 4 * MAX_ITEMS, None, None, -4)) == MAX_ITEMS
    for sequence in ("x" * (MAX_TEXT + 1), [0] * (MAX_ITEMS + 1)):
        with pytest.raises(ValueError, match="longer than"):
            cut(sequence, None, None, None)


def test_kinds_are_named_for_people() -> None:
    kinds = [kind(value) for value in (None, True, 1, 1.5, "", b"", [], ())]
    assert kinds == ["nothing", "true/false", "a number", "a number", "a text", "bytes", "a list", "a list"]
    assert [kind(value) for value in ({}, MappingProxyType({}), Device())] == ["a map", "a map", "a Device"]


@pytest.mark.parametrize(
    "text",
    [
        "payload.a == payload.b",
        "payload.a < payload.b",
        "payload.a in [payload.b]",
        "text(payload.a)",
        "join(payload.a)",
    ],
)
def test_hostile_nesting_ends_in_an_expression_error(text: str) -> None:
    nested: list[list[Any]] = [[], []]
    tops = list(nested)
    for _ in range(100_000):
        tops = [[top] for top in tops]
    with pytest.raises(ExpressionError):
        compile_expression(text)(Message(payload={"a": tops[0], "b": tops[1]}))
    for top in tops:
        while top:
            top = top.pop()  # freed level by level: deallocation recurses too
