"""Values in sentences are short, and in the words of JSON where Python has others."""

import pytest

from nodes.values.shown import shown


@pytest.mark.parametrize(
    ("value", "expected"), [(None, "null"), (True, "true"), (False, "false"), (1.5, "1.5"), ("x" * 90, "'" + "x" * 59)]
)
def test_a_value_is_shown_shortly(value: object, expected: str) -> None:
    assert shown(value) == expected
