"""Reasons become labels without payload values, and few of them."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.runtime.reasons import MOST_LABELS, OTHER, count, label_of


@pytest.mark.parametrize(
    ("reason", "label"),
    [
        ("column c: 'abc' is not a number", "column c: … is not a number"),
        ('invalid input syntax for type uuid: "x" (22P02)', "invalid input syntax for type uuid: … (22P02)"),
        ("payload malformed: JSON is malformed (byte 11)", "payload malformed: JSON is malformed (byte …)"),
        ("it doesn't fit: 'x'", "it doesn't fit: …"),
        ("cut in the middle of 'a long val", "cut in the middle of …"),
        ("column v2 of crc-16 is full", "column v2 of crc-16 is full"),
        ("bad number", "bad number"),
        ("payload.v is missing (payload has zebra, d)", "payload.v is missing (payload has …)"),
        ("x is missing (meta has a; payload has b(1), c)", "x is missing (meta has …)"),
        ("x is missing (payload has no keys)", "x is missing (payload has no keys)"),
        ("no such field: 'v', \"it's\", 'd'", "no such field: …"),
        ("column c: b'\\xff\\x00' is not a number", "column c: … is not a number"),
        ("byte 4 (0xed) is no UTF-8", "byte … (…) is no UTF-8"),
        ("Duplicate entry 'it's zebra o'clock' for key 'd'", "Duplicate entry … for key …"),
    ],
)
def test_a_label_has_no_value_of_a_payload(reason: str, label: str) -> None:
    assert label_of(reason) == label


@given(st.text(alphabet="abc xyz'\"", max_size=30) | st.binary(max_size=20))
def test_whatever_is_quoted_makes_no_label_of_its_own(value: str | bytes) -> None:
    assert label_of(f"{value!r} is no time: write RFC 3339") == "… is no time: write RFC …"


def test_a_node_has_a_bounded_number_of_labels() -> None:
    errors: Counter[str] = Counter()
    for n in range(1000):
        count(errors, f"reason{chr(97 + n % 26)}{chr(97 + n // 26)} told by a peer", 1)
    assert len(errors) == MOST_LABELS + 1 and errors[OTHER] == 1000 - MOST_LABELS
