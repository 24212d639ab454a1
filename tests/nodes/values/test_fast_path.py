"""The short way says what the long way says."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nodes.values.fast_path import usual_time
from nodes.values.normalise import Rules, normalise_payload


@given(
    st.dictionaries(
        st.sampled_from(["value", "time", "x"]),
        st.floats()
        | st.integers()
        | st.booleans()
        | st.none()
        | st.sampled_from(["1.5", "2025-09-17T12:03:20Z", "2025-09-17T12:03:20.250Z", "1999-01-01T00:00:00Z"]),
    ),
    st.sampled_from([Rules(), Rules(fields={"value": "boolean"}), Rules(fields={"x": "either"}), Rules(age_ns=1)]),
)
def test_the_short_way_finds_the_same_time_and_nothing_to_change(payload: dict[str, Any], rules: Rules) -> None:
    at_ns = usual_time(rules)(payload)
    if at_ns is not None:
        faults: list[str] = []
        assert normalise_payload(payload, rules, 2**62, faults) == (payload, at_ns)
        assert not faults


def test_the_short_way_is_taken_by_an_ordinary_reading() -> None:
    assert usual_time(Rules())({"value": 1.5, "time": "2025-09-17T12:03:20.250Z"}) == 1_758_110_600_250_000_000
