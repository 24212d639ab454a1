"""The one rule for a point in time."""

import math
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.values.instants import instant_ns

SECOND_NS = 1_000_000_000
MAY_NS = 1_767_225_600 * SECOND_NS  # 2026-01-01


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-01 00:00:00", "2026-01-01", "1767225600",
        1_767_225_600, 1_767_225_600.0, 1_767_225_600_000, 1_767_225_600_000_000, MAY_NS,
        datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1), date(2026, 1, 1),  # noqa: DTZ001 - what SQL may give
    ],
)  # fmt: skip
def test_one_instant_in_every_form(value: object) -> None:
    assert instant_ns(value) == MAY_NS


@pytest.mark.parametrize("value", [0, 5, 21.5, 99_999_999, -3, "42", "21.5", True, None, "noon", [], math.nan, b"x"])
def test_what_is_no_time_is_refused_and_never_1970(value: object) -> None:
    with pytest.raises(ValueError, match="is no time"):
        instant_ns(value)


@given(st.datetimes(datetime(1974, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_date_and_time_is_exact_to_the_microsecond(moment: datetime) -> None:
    assert instant_ns(moment) == instant_ns(moment.isoformat()) == instant_ns(instant_ns(moment))
