"""Values in sentences are short, and in the words of JSON where Python or CBOR has others."""

from datetime import UTC, datetime

import cbor2
import msgspec
import pytest

from nodes.values.shown import shown


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (1.5, "1.5"),
        ("x" * 90, "'" + "x" * 59),
        ([True, None, 1.5, "x"], "[true, null, 1.5, 'x']"),
        ({"a": b"\xff"}, "{'a': b'\\xff'}"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00Z"),
        (msgspec.msgpack.Ext(5, b"ab"), "{'code': 5, 'data': b'ab'}"),
        ([cbor2.CBORTag(30, [1, 3])], "[[1, 3]]"),
        (cbor2.undefined, "null"),
        ([[[[[[1]]]]]], "[[[[[…]]]]]"),
        (object(), "a value of kind object"),
    ],
)
def test_a_value_is_shown_shortly(value: object, expected: str) -> None:
    assert shown(value) == expected


@pytest.mark.parametrize("value", [["x"] * 10**5, {n: n for n in range(10**5)}, b"x" * 10**6, 10**400])
def test_no_more_is_shown_than_a_sentence_has_room_for(value: object) -> None:
    assert len(shown(value)) <= 60
