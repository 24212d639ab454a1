"""The words of failed evaluations, also where Python keeps no positions."""

import ast

from flowengine.expression.explain import explained, key_list


def test_without_positions_all_missing_look_ups_are_named() -> None:
    text = "payload.a > 1 and payload.b > meta.c"
    error = explained(text, ast.parse(text, mode="eval").body, TypeError("x"), {"payload": {"a": 1}, "meta": {}})
    assert error.missing == ("payload.b", "meta.c")
    assert "payload.b is missing (payload has a); meta.c is missing (meta has no keys)" in str(error)


def test_only_the_first_keys_are_shown_and_shortened() -> None:
    assert key_list({f"k{n}": n for n in range(20)}) == "k0, k1, k2, k3, k4, k5, k6, k7, …"
    assert len(key_list({"x" * 100_000: 1})) == 40
    assert key_list({"\ud800": 1}) == "?"


def test_a_pythons_reason_is_put_in_plain_words() -> None:
    tree = ast.parse("topic", mode="eval").body
    names = {"topic": "a"}
    assert explained("topic", tree, RecursionError(), names).reason == "a value nested too deeply"
    assert explained("topic", tree, OverflowError("math"), names).reason == "the result is too large for a number"
    assert explained("topic", tree, ValueError(), names).reason == "ValueError"
    assert len(explained("topic", tree, ValueError("x" * 10_000), names).reason) == 160
