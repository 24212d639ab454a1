"""A whole column is made to fit as its values are one by one."""

from datetime import UTC
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nodes.clients.sql import fit, numbers
from nodes.clients.sql.columns import by_column

FITS = [value for room in (fit, numbers) for name, value in vars(room).items() if name.startswith("as_")] + [
    numbers.whole(-128, 127), numbers.decimal(5, 2), fit.text_without_nul(3), fit.text_without_nul(),
]  # fmt: skip
TIMES = st.integers(1_767_225_600_000_000_000, 1_900_000_000_000_000_000)
ONE_KIND = st.sampled_from(
    [st.integers(), st.integers(-130, 130) | st.none(), st.text(max_size=4) | st.none(), st.floats(), st.booleans(),
     st.binary(), TIMES, st.datetimes(timezones=st.just(UTC)), st.just(None), st.text() | st.integers()]
)  # fmt: skip


@pytest.mark.parametrize("make", FITS, ids=lambda make: make.__qualname__)
@example(values=[9_300_000_000_000_000_000])  # the first number that is no time
@given(values=ONE_KIND.flatmap(st.lists))
def test_a_column_fits_as_its_values_do(make: fit.Fit, values: list[Any]) -> None:
    def outcome(call: Any) -> Any:
        try:
            return repr(list(call()))
        except ValueError:
            return "refused"

    assert outcome(lambda: by_column(make)(values)) == outcome(lambda: map(make, values))
