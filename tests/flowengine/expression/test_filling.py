"""From placeholders to texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.expression.errors import TemplateError
from flowengine.expression.filling import rfc3339, text_of, value_of
from flowengine.expression.placeholder import Placeholder
from flowengine.message import Message


@pytest.mark.parametrize(
    ("time_ns", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_700_000_000_500_000_000, "2023-11-14T22:13:20.500Z"),
        (1_700_000_000_000_001_000, "2023-11-14T22:13:20.000001Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
    ],
)
def test_a_time_has_as_many_digits_as_it_needs(time_ns: int, text: str) -> None:
    assert rfc3339(time_ns) == text


@given(st.integers(-60_000_000_000, 250_000_000_000).map(lambda s: s * 1_000_000_000 + 7))
def test_a_time_is_always_twenty_characters_and_its_digits(time_ns: int) -> None:
    assert len(rfc3339(time_ns)) == 30


def test_a_time_outside_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="years 1 to 9999"):
        rfc3339(10**30)
    fill = text_of("{time}", Placeholder("time", ("time",)), None)
    with pytest.raises(TemplateError, match="years 1 to 9999"):
        fill(Message(time_ns=10**30))


def test_a_bare_name_is_taken_from_meta_first() -> None:
    value = value_of(Placeholder("a", ("a",)))
    assert value(Message(payload={"a": 1}, meta={"a": 2})) == 2
    assert value(Message(payload={"a": 1}, meta={"a": None})) == 1
    assert value(Message(payload="a")) is None


def test_a_path_goes_on_from_what_the_name_gave() -> None:
    value = value_of(Placeholder("a.b[0]", ("a", "b", 0)))
    assert value(Message(payload={"a": {"b": [7]}})) == 7
    assert value(Message(meta={"a": {"b": []}})) is None
