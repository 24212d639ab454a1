"""The short way says what the long way says."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nodes.values.fast_path import usual_times
from nodes.values.normalise import Rules, normalise_payload

PAYLOADS = st.dictionaries(
    st.sampled_from(["value", "time", "x"]),
    st.floats()
    | st.integers()
    | st.booleans()
    | st.none()
    | st.sampled_from(["1.5", "2025-09-17T12:03:20Z", "2025-09-17T12:03:20.250Z", "1999-01-01T00:00:00Z"]),
)
USUAL = st.fixed_dictionaries(
    {"value": st.floats(allow_nan=False) | st.integers(), "x": st.floats(), "time": st.just("2025-09-17T12:03:20Z")}
)
RULES = st.sampled_from(
    [Rules(), Rules(time=()), Rules(time=("time", "x")), Rules(fields={"value": "boolean"}),
     Rules(fields={"x": "either"}), Rules(age_ns=1)]
)  # fmt: skip


@given(st.lists(PAYLOADS | USUAL | st.just("1.5"), min_size=1, max_size=3) | st.lists(USUAL, min_size=1), RULES)
def test_the_short_way_finds_the_same_times_and_nothing_to_change(payloads: list[Any], rules: Rules) -> None:
    times = usual_times(rules)(payloads)
    if times is not None:
        faults: list[str] = []
        for payload, at_ns in zip(payloads, times, strict=True):
            assert normalise_payload(payload, rules, 2**62, faults) == (payload, at_ns or None)
        assert not faults


def test_the_short_way_is_taken_by_ordinary_readings_with_a_time_or_without() -> None:
    timed = {"value": 1.5, "time": "2025-09-17T12:03:20.250Z"}
    assert usual_times(Rules())([timed, {**timed, "value": 7}]) == [1_758_110_600_250_000_000] * 2
    assert usual_times(Rules())([{"value": 1.5}, {"value": 2, "unit": "C"}]) == [0, 0]


def test_integers_that_no_float_holds_do_not_hide_behind_each_other() -> None:
    assert usual_times(Rules())([{"value": 10**400}, {"value": -(10**400)}]) is None
