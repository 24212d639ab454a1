"""DTL and DATE_AND_TIME come back as they were written; what is no time is no value."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.s7.times import read_date_and_time, read_dtl, write_date_and_time, write_dtl


def test_a_sunday_as_a_controller_has_it() -> None:
    at = "2026-11-29T16:05:07.123456789"
    assert write_dtl(at).hex(" ") == "07 ea 0b 1d 01 10 05 07 07 5b cd 15"
    assert write_date_and_time(at).hex(" ") == "26 11 29 16 05 07 12 31"
    assert read_date_and_time(bytes.fromhex("2611291605071231")) == "2026-11-29T16:05:07.123"
    assert read_date_and_time(bytes.fromhex("9001010000000002")) == "1990-01-01T00:00:00.000"


LIMITS = datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2089-12-31")


@given(at=st.datetimes(*LIMITS), ns=st.integers(0, 999_999_999))
def test_each_time_comes_back(at: datetime, ns: int) -> None:
    text = f"{at.replace(microsecond=0).isoformat()}.{ns:09}"
    assert read_dtl(write_dtl(text)) == text
    assert read_date_and_time(write_date_and_time(text)) == text[:-6]


@pytest.mark.parametrize(
    "data",
    ["000000000000000000000000", "07ea0d1d0110050700000000", "07ea0b1e0118050700000000", "07ea0b1d011005073b9aca00"],
)
def test_what_is_no_dtl_is_no_value(data: str) -> None:
    with pytest.raises(ValueError, match="no DTL"):
        read_dtl(bytes.fromhex(data))


@pytest.mark.parametrize("data", ["0000000000000000", "2613291605071231", "261129160507a231", "ffffffffffffffff"])
def test_what_is_no_date_and_time_is_no_value(data: str) -> None:
    with pytest.raises(ValueError, match="no DATE_AND_TIME"):
        read_date_and_time(bytes.fromhex(data))


@pytest.mark.parametrize(
    "value",
    [5, None, "x", "2026-11-29", "2026-11-29T16:05:07Z", "2026-11-29T16:05:07+01:00", "2026-11-29T16:05:07.1x",
     "2026-02-30T00:00:00"],
)  # fmt: skip
def test_what_is_no_time_is_not_written(value: object) -> None:
    for write in (write_dtl, write_date_and_time):
        with pytest.raises(ValueError, match="is no time"):
            write(value)


def test_a_date_and_time_ends() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        write_date_and_time("2090-01-01T00:00:00")
    assert write_dtl("2090-01-01T00:00:00")
