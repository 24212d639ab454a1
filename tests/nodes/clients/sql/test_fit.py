"""Values made to fit columns, or refused with words."""

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from cbor2 import CBORTag, undefined
from hypothesis import given
from hypothesis import strategies as st

from nodes.clients.sql import fit, numbers

MAY = datetime(2026, 5, 1, 10, 0, 0, 500_000, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FITS = [value for room in (fit, numbers) for name, value in vars(room).items() if name.startswith("as_")] + [
    numbers.whole(-(2**31), 2**31 - 1), numbers.decimal(5, 2), numbers.finite_decimal, fit.text_without_nul(3),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "value", "made"),
    [
        (fit.as_time, "2026-05-01T12:00:00.5+02:00", MAY),
        (fit.as_naive_time, MAY.timestamp(), MAY.replace(tzinfo=None)),
        (fit.as_time_text, "2026-05-01T10:00:00Z", "2026-05-01T10:00:00.000000Z"),
        (fit.as_date, "2026-05-01", date(2026, 5, 1)),
        (fit.as_date, "2026-05-01T23:30:00-02:00", date(2026, 5, 2)),
        (fit.as_clock, "6:05", time(6, 5)),
        (fit.as_clock, "06:05:04.25", time(6, 5, 4, 250_000)),
        (numbers.whole(-128, 127), 127.0, 127),
        (numbers.as_float, 3, 3.0),
        (numbers.decimal(5, 2), 999.99, Decimal("999.99")),
        (numbers.decimal(5, 2), 999.994, Decimal("999.994")),
        (numbers.decimal(3, -2), 12345, Decimal(12345)),
        (numbers.decimal(2, 4), 0.0099, Decimal("0.0099")),
        (fit.as_date_text, "0001-01-01", "0001-01-01"),
        (fit.as_json_without_nul, "a\\u0000", '"a\\\\u0000"'),
        (fit.as_uuid, "12345678-1234-5678-1234-567812345678", UUID("12345678-1234-5678-1234-567812345678")),
        (fit.as_literal, [1, None, 'a"b', [2]], '{"1",NULL,"a\\"b",{"2"}}'),
        (fit.as_literal, b"\x01\xff", "\\x01ff"),
        (fit.text_without_nul(3), "abc  ", "abc  "),
        (fit.as_text, {"a": 1}, '{"a":1}'),
        (fit.as_json, {"a": CBORTag(35, "x"), "b": undefined}, '{"a":"x","b":null}'),
    ],
)
def test_a_value_that_means_it_fits(make: fit.Fit, value: Any, made: Any) -> None:
    assert make(value) == made


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (fit.as_time, 21.5), (fit.as_time, "x"), (fit.as_date, "2026-02-30"), (fit.as_date, 5), (fit.as_clock, "25:00"),
        (numbers.whole(-128, 127), 128), (numbers.whole(0, 9), "5"), (numbers.whole(0, 9), 1.5),
        (numbers.as_finite, math.nan), (numbers.decimal(5, 2), 999.995), (numbers.decimal(5, 2), math.inf),
        (numbers.decimal(3, -2), 99999), (numbers.decimal(2, 4), 0.01), (fit.as_finite_time, "0001-01-01T00:00:00Z"),
        (fit.as_finite_naive_time, "9999-12-31T23:59:59.999999Z"), (fit.as_json_without_nul, {"a": ["\0"]}),
        (fit.as_text, "\ud800"), (fit.as_simple, "\ud800"), (fit.as_literal, "\ud800"), (fit.generated, None),
        (numbers.as_real, 1e39), (numbers.as_float, "1"), (numbers.decimal(5, 2), 1000), (numbers.decimal(), "x"),
        (fit.as_uuid, "x"), (fit.as_uuid, 7), (fit.text_without_nul(3), "abcd"), (fit.text_without_nul(), "a\0"),
        (numbers.as_bool, "yes"), (numbers.as_float, 10**400), (numbers.finite_decimal, "NaN"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_words(make: fit.Fit, value: Any) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        make(value)


@given(JSON, st.sampled_from(FITS))
def test_any_value_fits_or_is_refused_and_null_stays_null(value: Any, make: fit.Fit) -> None:
    assert make(None) is None
    try:
        make(value)
    except ValueError:
        pass


@given(st.lists(st.datetimes(datetime(1974, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)), min_size=2))  # noqa: DTZ001
def test_the_order_of_time_texts_is_that_of_their_times(moments: list[datetime]) -> None:
    assert sorted(map(fit.time_text, moments)) == [fit.time_text(moment) for moment in sorted(moments)]
