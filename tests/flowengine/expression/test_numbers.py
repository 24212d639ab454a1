"""The number functions of expressions."""

import math
from decimal import Decimal
from typing import Any

import pytest

from flowengine.expression import ExpressionError, compile_expression
from flowengine.expression.values import MAX_LIST


def value(text: str, x: Any = None) -> Any:
    return compile_expression(text, names=("x",)).evaluate_names({"x": x})


@pytest.mark.parametrize(
    ("text", "x", "result"),
    [
        ("abs(x)", -2.5, 2.5),
        ("min(3, x, 2)", 1, 1),
        ("max(x)", [1, 3.5, 2], 3.5),
        ("max('a', 'b')", None, "b"),
        ("round(x)", 2.5, 2),
        ("round(x, 2)", 23.456, 23.46),
        ("floor(x)", -1.2, -2),
        ("ceil(x)", 1.2, 2),
        ("sqrt(x)", 9, 3.0),
        ("log(x)", math.e, 1.0),
        ("log(x, 2)", 8, 3.0),
        ("log10(x)", 1000, 3.0),
        ("exp(x)", 0, 1.0),
        ("pow(x, 3)", 2, 8.0),
        ("clamp(x, 0, 10)", 12, 10),
        ("clamp(x, 0, 10)", -1, 0),
        ("clamp(x, 0, 10)", 5, 5),
        ("number(x)", " 23.5 ", 23.5),
        ("number(x)", "12", 12),
        ("number(x)", True, 1),
        ("number(x)", Decimal("1.5"), 1.5),
        ("number(x, 0)", "n/a", 0),
        ("number(x, null)", None, None),
        ("int(x)", "12", 12),
        ("int(x, 16)", "ff", 255),
        ("int(x, 16)", "0xFF", 255),
        ("int(x)", -2.9, -2),
        ("hex(x)", 255, "ff"),
        ("is_number(x)", 1.5, True),
        ("is_number(x)", True, False),
        ("is_number(x)", "1", False),
        ("is_number(x)", math.nan, False),
        ("sum(x)", [1, 2.5], 3.5),
        ("sum(x)", [], 0),
        ("mean(x)", [1, 2], 1.5),
        ("mean(x)", [], None),
    ],
)
def test_a_number_function_gives_its_result(text: str, x: Any, result: Any) -> None:
    given = value(text, x)
    assert given == pytest.approx(result) if isinstance(result, float) else given == result


@pytest.mark.parametrize(
    ("text", "x", "reason"),
    [
        ("abs(x)", "1", "abs works on numbers only, not a text"),
        ("min(x)", [], "min of an empty list"),
        ("min(x, 1)", None, "x is null"),
        ("max(x)", [1, "a"], "not a number with a text"),
        ("max(x)", {}, "max takes a list, not a map"),
        ("round(x, 31)", 1, "digits from -30 to 30"),
        ("round(x)", math.inf, "too large"),
        ("floor(x)", 1e300, "wider than 256 bits"),
        ("sqrt(x)", -1, "sqrt of a negative number"),
        ("log(x)", 0, "above 0"),
        ("log10(x)", -1, "above 0"),
        ("exp(x)", 1000, "too large"),
        ("pow(x, 0.5)", -1, "no real number"),
        ("number(x)", "nan", "not a number"),
        ("number(x)", "1_000", "not a number"),
        ("number(x)", "9" * 129, "not a number"),
        ("number(x)", "hunter2", "not a number"),
        ("number(x)", [1], "a list is not a number"),
        ("int(x)", "1.5", "not a whole number in base 10"),
        ("int(x, 99)", "1", "base from 2 to 36"),
        ("hex(x)", 1.5, "whole numbers only"),
        ("sum(x)", [1] * (MAX_LIST + 1), "sum takes at most"),
        ("max(x)", [1] * (MAX_LIST + 1), "max takes at most"),
        ("sum(x)", [1, None], "sum works on numbers only, not nothing"),
        ("sum(x)", ["a"], "sum works on numbers only"),
        ("mean(x)", "ab", "mean takes a list"),
        ("clamp(x, 0, 1)", "a", "clamp works on numbers only"),
    ],
)
def test_a_number_function_says_what_it_cannot_do(text: str, x: Any, reason: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        value(text, x)
    assert reason in caught.value.reason
    assert "hunter2" not in str(caught.value)
