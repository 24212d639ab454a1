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
        ("x is missing (meta has no keys; payload has a;b)(c, d: 5)", "x is missing (meta has no keys; payload has …)"),
        ("x is missing (meta has no keys; payload has a cut na", "x is missing (meta has no keys; payload has …"),
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


@given(st.text(min_size=1, max_size=20).filter(lambda name: not name.startswith("no keys")))
def test_names_of_a_payload_make_no_label_of_their_own(name: str) -> None:
    for around in ("(payload has %s)", "(meta has no keys; payload has %s)", "(meta has a, b; payload has %s)"):
        assert label_of(f"k is missing {around % name}") == label_of(f"k is missing {around % 'x'}")


def test_a_node_has_a_bounded_number_of_labels() -> None:
    errors: Counter[str] = Counter()
    for n in range(1000):
        count(errors, f"reason{chr(97 + n % 26)}{chr(97 + n // 26)} told by a peer", 1)
    assert len(errors) == MOST_LABELS + 1 and errors[OTHER] == 1000 - MOST_LABELS
