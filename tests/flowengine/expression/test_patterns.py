"""Regular expressions in expressions: linear time, whatever the pattern and the text."""

import time

import pytest

from flowengine.expression import ExpressionError, compile_expression
from flowengine.message import Message


def test_a_pattern_is_found_anywhere_unless_it_is_bound_to_the_ends() -> None:
    assert compile_expression("matches(topic, 'c\\d+')")(Message(topic="lab/c12/temp")) is True
    assert compile_expression(r"matches(topic, r'^c\d+$')")(Message(topic="lab/c12/temp")) is False


def test_a_part_of_a_text_is_extracted() -> None:
    temperature = compile_expression(r"number(extract(payload, 'T=([0-9.]+)'))")
    assert temperature(Message(payload="H=40 T=23.5C")) == 23.5
    assert compile_expression("extract(payload, '[0-9]+')")(Message(payload="a 12 b")) == "12"
    assert compile_expression("extract(payload, 'x')")(Message(payload="a")) is None


@pytest.mark.parametrize("pattern", ["(a+)+$", "^(a|a)*$", "(a*)*b", "(.*a){20}$", "^([a-zA-Z]+)*$"])
def test_patterns_that_take_forever_elsewhere_are_fast(pattern: str) -> None:
    expression = compile_expression(f"matches(payload, {pattern!r})")
    began = time.process_time()
    assert expression(Message(payload="a" * 60_000 + "!")) is False
    assert time.process_time() - began < 1


@pytest.mark.parametrize("pattern", ["(a", "a{1001}{1001}", r"(a)\1", "(?=a)", "(((a{100}){100}){100}){100}"])
def test_patterns_that_cannot_be_linear_or_small_are_refused(pattern: str) -> None:
    with pytest.raises(ExpressionError, match="this regular expression cannot be used"):
        compile_expression(f"matches(topic, {pattern!r})")


def test_only_bounded_text_is_searched() -> None:
    for payload in (5, "x" * 65_537):
        with pytest.raises(ExpressionError):
            compile_expression("matches(payload, 'a')")(Message(payload=payload))
        with pytest.raises(ExpressionError):
            compile_expression("extract(payload, 'a')")(Message(payload=payload))


@pytest.mark.parametrize("function", ["matches", "extract"])
def test_a_large_pattern_is_looked_for_in_shorter_texts_only(function: str) -> None:
    expression = compile_expression(f"{function}(payload, '[ab]{{0,900}}c')")
    assert expression(Message(payload="ab" * 5_000 + "c"))
    with pytest.raises(ExpressionError, match="too long for this regular expression"):
        expression(Message(payload="ab" * 10_000 + "c"))


def test_two_patterns_of_one_expression_stay_apart() -> None:
    either = compile_expression("[matches(topic, 'a'), matches(topic, 'b'), extract(topic, '.')]")
    assert either(Message(topic="b")) == [False, True, "b"]
