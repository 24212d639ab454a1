"""What databases answer, as payloads have it."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from nodes.clients.sql.values import plain


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (timedelta(hours=3, minutes=4, seconds=5), "03:04:05"),
        (-timedelta(hours=100), "-100:00:00"),
        (timedelta(days=1, microseconds=250), "24:00:00.000250"),
        (time(3, 4), "03:04:00"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00Z"),
        (Decimal("12.50"), 12.5),
        ([Decimal(7), memoryview(b"x")], [7, b"x"]),
    ],
)
def test_a_value_has_no_words_of_a_driver(value: Any, said: Any) -> None:
    assert plain(value) == said
