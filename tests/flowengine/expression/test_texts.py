"""The text and list functions of expressions."""

from collections.abc import Iterator
from typing import Any

import pytest

from flowengine.expression import ExpressionError, compile_expression
from flowengine.expression.values import MAX_ITEMS, MAX_LIST, MAX_TEXT


def value(text: str, x: Any = None) -> Any:
    return compile_expression(text, names=("x",)).evaluate_names({"x": x})


@pytest.mark.parametrize(
    ("text", "x", "result"),
    [
        ("text(x)", 23.5, "23.5"),
        ("text(x)", True, "true"),
        ("text(x)", {"a": [1]}, '{"a":[1]}'),
        ("bool(x)", " Off ", False),
        ("bool(x)", "on", True),
        ("bool(x)", 0, False),
        ("len(x)", "abc", 3),
        ("len(x)", {"a": 1}, 1),
        ("lower(x)", "AbC", "abc"),
        ("upper(x)", "abc", "ABC"),
        ("strip(x)", " a ", "a"),
        ("strip(x, '/')", "/a/", "a"),
        ("replace(x, '/', '.')", "a/b", "a.b"),
        ("split(x, '/')[1]", "a/b", "b"),
        ("split(x)", "a  b", ["a", "b"]),
        ("join(x, '-')", ["a", 1, True], "a-1-true"),
        ("startswith(x, 'a')", "ab", True),
        ("endswith(x, 'a')", "ab", False),
        ("contains(x, 'b')", "abc", True),
        ("contains(x, 'b')", ["b"], True),
        ("contains(x, 'b')", {"a": 1}, False),
        ("coalesce(x, 0)", None, 0),
        ("coalesce(null, x)", "a", "a"),
        ("coalesce(x)", None, None),
        ("keys(x)", {"a": 1}, ["a"]),
        ("values(x)", {"a": 1}, [1]),
        ("any(x)", [0, 1], True),
        ("all(x)", [0, 1], False),
        ("any([x > 1, x < -1])", 2, True),
        ("json(x).a[0]", '{"a": [7]}', 7),
        ("is_text(x)", "a", True),
        ("is_text(x)", 1, False),
    ],
)
def test_a_text_function_gives_its_result(text: str, x: Any, result: Any) -> None:
    given = value(text, x)
    assert given == result
    assert type(given) is type(result)


@pytest.mark.parametrize(
    ("text", "x", "reason"),
    [
        ("lower(x)", 1, "lower works on text only, not a number"),
        ("lower(x)", None, "x is null"),
        ("text(x)", None, "x is null"),
        ("text(x)", object(), "cannot be written as JSON"),
        ("bool(x)", "maybe", "neither true nor false"),
        ("len(x)", 5, "not a number"),
        ("lower(x)", "x" * (MAX_TEXT + 1), "longer than 65536"),
        ("upper(x)", "ß" * MAX_TEXT, "longer than 65536"),
        ("replace(x, 'a', 'aa')", "a" * MAX_TEXT, "replace would make"),
        ("replace(x, '', 'aa')", "a", "is empty"),
        ("split(x, '')", "a", "is empty"),
        ("split(x, '/')", "/" * (MAX_ITEMS + 1), "split would make"),
        ("join(x, '-')", ["x" * 40_000] * 2, "join would make"),
        ("join(x)", [1] * (MAX_LIST + 1), "join takes at most"),
        ("join(x)", "abc", "join takes a list"),
        ("contains(x, 'a')", 1, "contains takes"),
        ("keys(x)", [1], "keys takes a map"),
        ("keys(x)", dict.fromkeys(range(MAX_ITEMS + 1)), "keys would make"),
        ("all(x)", [1] * (MAX_LIST + 1), "all takes at most"),
        ("any(x)", 1, "any takes a list"),
        ("json(x)", "{", "not JSON"),
        ("json(x)", "[" * 60_000, "not JSON"),
    ],
)
def test_a_text_function_says_what_it_cannot_do(text: str, x: Any, reason: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        value(text, x)
    assert reason in caught.value.reason


def test_join_looks_at_no_more_items_than_fit() -> None:
    class Counted(list[float]):
        seen = 0

        def __iter__(self) -> Iterator[float]:
            for item in super().__iter__():
                Counted.seen += 1
                yield item

    with pytest.raises(ExpressionError, match="longer than 65536"):
        value("join(x)", Counted([1 / 3] * 60_000))
    assert Counted.seen < 4_000
