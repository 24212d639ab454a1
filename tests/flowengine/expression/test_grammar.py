"""What may be written in an expression, and the hostile texts that are refused."""

import ast
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.expression import Expression, ExpressionError, compile_expression
from flowengine.expression.grammar import MAX_NODES, checked_tree
from flowengine.message import Message


@pytest.mark.parametrize(
    "text",
    [
        "payload.__class__",
        "payload.a.__class__.__mro__",
        "().__class__.__bases__[0].__subclasses__()",
        "''.format",
        "payload.__class__()",
        "topic.format(payload)",
        "payload.get('a')",
        "meta.update(payload)",
        "__import__('os')",
        "__builtins__",
        "open('/etc/passwd')",
        "eval('1')",
        "exec",
        "globals()",
        "getattr(payload, 'a')",
        "m",
        "m.payload",
        "messages",
        "names['payload']",
        "careful(payload)",
        "_look_up(payload, 'a')",
        "_nothing",
        "Exception",
        "lower.__globals__",
        "lower",
        "(lower)",
        "[lower][0](topic)",
        "lower(topic)(topic)",
    ],
)
def test_attribute_walks_and_hidden_names_are_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(text)


@pytest.mark.parametrize(
    "text",
    [
        "lambda: 1",
        "(x := 1)",
        "[x for x in payload]",
        "{x for x in payload}",
        "{x: 1 for x in payload}",
        "any(x for x in payload)",
        "await payload",
        "(yield payload)",
        "[*payload]",
        "max(*payload)",
        "max(**payload)",
        "round(payload, digits=2)",
        "{**payload}",
        "{1, 2}",
        "f'{payload}'",
        "b'x'",
        "1j",
        "...",
        "2 ** 3",
        "9**9**9",
        "1 << 100000",
        "payload | 1",
        "payload & 1",
        "~payload",
        "payload @ payload",
        "payload is topic",
        "payload is 'x'",
        "payload[1, 2]",
        "payload[1:2, 3]",
        "topic.x",
        "time.x",
        "'text'.x",
        "payload = 1",
        "payload; topic",
        "import os",
        "del payload",
        "1 # comment",
        "payload # hot\n and topic",
        "matches(topic, payload)",
        "matches(topic, 'a' + 'b')",
        "matches(topic)",
        "lower()",
        "lower(topic, topic)",
        "1e999",
        "9" * 100,
        "",
        "   \n ",
        "\0",
        "\ud800",
        "'\ud800'",
    ],
)
def test_what_is_not_in_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 990 + "1" + ")" * 990,
        "(" * 10_000 + "1" + ")" * 10_000,
        "[" * 190 + "]" * 190,
        "-" * 1_999 + "1",
        "not " * 499 + "1",
        "payload" + ".a" * 900,
        "payload" + "[0]" * 600,
        "1" + "+1" * 900,
        "payload" + "<1" * 900,
        "[" + "1," * 900 + "]",
        "1 if payload else " * 100 + "1",
        "lower(" * 150 + "topic" + ")" * 150,
        "x" * 2_001,
        '"' + "x" * 2_000 + '"',
        "lambda:" * 280 + "1",
        "{0:" * 199,
        "f'{" * 600,
    ],
)
def test_deep_and_long_texts_are_refused_at_once(text: str) -> None:
    began = time.process_time()
    with pytest.raises(ExpressionError):
        compile_expression(text)
    assert time.process_time() - began < 1


def test_the_limits_are_reachable() -> None:
    assert compile_expression("[" + "1," * (MAX_NODES - 1) + "]").constant
    assert compile_expression(" and ".join(["topic"] * 200))(Message()) == ""  # a chain of `and` is not depth
    assert compile_expression("-" * 31 + "1")(Message()) == -1
    assert compile_expression("(" * 100 + "1" + ")" * 100)(Message()) == 1
    assert compile_expression('"' + "x" * 1_998 + '"')(Message()) == "x" * 1_998


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("1 + paylod.value", 5, "unknown name 'paylod'; did you mean 'payload'?"),
        ("'é' + tpic", 7, "unknown name 'tpic'; did you mean 'topic'?"),
        ("xyz", 1, "names are message, meta, payload, time, topic"),
        ("payload and lowr(topic)", 13, "unknown function 'lowr'; did you mean 'lower'?"),
        ("topic == lower", 10, "lower is a function; write lower(…)"),
        ("payload.name.lower()", 1, "write lower(…)"),
        ("payload(1)", 1, "payload is not a function"),
        ("clamp(1, 2)", 1, "clamp takes 3 arguments, not 2"),
        ("round()", 1, "round takes 1 to 2 arguments, not 0"),
        ("coalesce()", 1, "coalesce takes 1 or more arguments, not 0"),
        ("payload.value >", 16, "not read from here on"),
        ("1 + (2", 5, "this ( is never closed"),
        ("2 ** 3", 1, "pow(x, y)"),
        ("payload | 1", 1, "write `or`"),
        ("payload is 'x'", 12, "write =="),
        ("1 # x", 3, "comments are not allowed"),
        ("matches(topic, '(a')", 16, "this regular expression cannot be used"),
    ],
)
def test_a_refusal_names_the_place_and_the_right_word(text: str, column: int, reason: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)
    assert caught.value.column == column
    assert reason in caught.value.reason
    assert caught.value.text == text


def test_blanks_around_and_line_ends_within_are_allowed() -> None:
    assert compile_expression("  payload.a\n\t>\r\n1 ")(Message(payload={"a": 2})) is True
    assert compile_expression("topic == '#'")(Message(topic="#")) is True


def test_a_checked_tree_is_an_expression_of_the_callers_names() -> None:
    assert isinstance(checked_tree("value > 1", ("value",)), ast.Compare)
    with pytest.raises(ExpressionError, match="did you mean 'value'"):
        checked_tree("valu > 1", ("value",))


TOKENS = """
payload topic meta time true null None lower matches max __class__ x é 1 0.5 9999 'a' "b" f'{x}' and or not in is if
else lambda for ( ) [ ] { } . , : := + - * ** / // % < <= == != = # \\ @ | ~ ...
"""
WORDS = st.sampled_from([*TOKENS.split(), "\n"])


@given(st.lists(WORDS, max_size=25).map(" ".join) | st.lists(WORDS, max_size=25).map("".join) | st.text(max_size=60))
def test_any_text_compiles_or_is_refused_with_one_error(text: str) -> None:
    try:
        expression = compile_expression(text)
    except ExpressionError:
        return
    assert isinstance(expression, Expression)
    for payload in ({"x": 1}, "text", None, [1, 2]):
        try:
            expression(Message(payload=payload, topic="a/b"))
        except ExpressionError as error:
            assert error.text == text.strip()
