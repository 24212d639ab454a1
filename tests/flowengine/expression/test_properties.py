"""Expressions mean what Python means on plain values, in every form."""

import math
import re
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from flowengine.expression import ExpressionError, compile_expression
from flowengine.message import Message

NUMBERS = st.integers(-1000, 1000) | st.integers(-8000, 8000).map(lambda n: n / 8)
TEXTS = st.text(alphabet="abA é/", max_size=5)


def _joined(parts: Any, operators: str) -> Any:
    return st.tuples(parts, st.sampled_from(operators.split()), parts).map(lambda p: f"({p[0]} {p[1]} {p[2]})")


def _called(parts: Any, names: str) -> Any:
    return st.tuples(st.sampled_from(names.split()), parts).map(lambda p: f"{p[0]}({p[1]})")


NUMBER_LEAVES = st.sampled_from(["@a", "@b", "@c"]) | NUMBERS.map(lambda n: f"({n!r})")
TEXT_LEAVES = st.sampled_from(["@t", "@u"]) | TEXTS.map(repr)
NUMBER_TERMS = st.recursive(
    NUMBER_LEAVES | TEXT_LEAVES.map(lambda t: f"len({t})"),
    lambda inner: (
        _joined(inner, "+ - * / // %")
        | _called(inner, "- abs round +")
        | st.tuples(inner, inner).map(lambda p: f"max({p[0]}, {p[1]})")
        | st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} if {p[1]} > {p[2]} else {p[2]})")
    ),
    max_leaves=10,
)
TEXT_TERMS = st.recursive(
    TEXT_LEAVES,
    lambda inner: _joined(inner, "+") | st.tuples(inner, st.integers(-3, 3)).map(lambda p: f"{p[0]}[{p[1]}:]"),
    max_leaves=5,
)
COMPARISONS = (
    _joined(NUMBER_TERMS, "< <= > >= == !=")
    | _joined(TEXT_TERMS, "< == in")
    | st.tuples(NUMBER_TERMS, NUMBER_TERMS, NUMBER_TERMS).map(lambda p: f"({p[0]} < {p[1]} <= {p[2]})")
    | st.tuples(NUMBER_TERMS, NUMBER_TERMS).map(lambda p: f"({p[0]} in [{p[1]}, 0, @a])")
)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: _joined(inner, "and or ==") | inner.map(lambda c: f"(not {c})"),
    max_leaves=4,
)
VALUES = st.fixed_dictionaries({"a": NUMBERS, "b": NUMBERS, "c": NUMBERS, "t": TEXTS, "u": TEXTS})
PYTHON = {"__builtins__": {}, "abs": abs, "round": round, "max": max, "len": len}


def _outcome(evaluate: Any) -> Any:
    try:
        value = evaluate()
    except ExpressionError as error:
        assume("wider than 256 bits" not in str(error))
        return "error"
    except (ArithmeticError, ValueError):
        return "error"
    return "nan" if isinstance(value, float) and math.isnan(value) else (type(value), value)


@given(NUMBER_TERMS | TEXT_TERMS | CONDITIONS, VALUES)
def test_an_expression_means_what_python_means(term: str, names: dict[str, Any]) -> None:
    source = term.replace("@", "")
    expected = _outcome(lambda: eval(source, dict(PYTHON), names))
    message = Message(payload={"deep": names})
    of_names = compile_expression(source, names=tuple(names))
    of_message = compile_expression(term.replace("@", "payload.deep."))
    assert _outcome(lambda: of_names.evaluate_names(names)) == expected
    assert _outcome(lambda: of_message(message)) == expected
    assert _outcome(lambda: of_message.each([message])[0]) == expected
    if expected != "error":
        truth = bool(of_message(message))
        assert len(of_message.keep([message])) == truth
        assert len(of_message.keep([message], invert=True)) == (not truth)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc") | st.integers(0, 2), inner),
    max_leaves=8,
)
STEPS = st.lists(st.sampled_from([".a", ".b", "['c']", "[0]", "[-1]", "[1]", "[true]"]), min_size=1, max_size=4)


@given(PLAIN, STEPS)
def test_both_forms_look_the_same_things_up_in_any_payload(payload: Any, steps: list[str]) -> None:
    expression = compile_expression("payload" + "".join(steps))
    message = Message(payload=payload)

    def outcome(evaluate: Any) -> str:
        try:
            return repr(evaluate())
        except ExpressionError as error:
            return re.sub(r"column \d+", "", str(error))

    expected = outcome(lambda: expression.evaluate_names({"payload": payload}))
    assert outcome(lambda: expression(message)) == expected
    assert outcome(lambda: expression.each([message])[0]) == expected
