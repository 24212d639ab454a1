"""nodes/timing/rate.py"""

from hypothesis import given
from hypothesis import strategies as st

from nodes.timing.rate import Rate


@given(st.lists(st.floats(0, 2), max_size=60), st.integers(1, 5), st.floats(0.5, 10))
def test_no_span_of_time_passes_more_than_a_full_bucket_and_what_it_filled(waits_s, most, per_s):
    rate, now_s, passed = Rate(most, per_s, 10), 0.0, []
    for wait_s in waits_s:
        now_s += wait_s
        if rate.allows("k", now_s):
            passed.append(now_s)
    for first in range(len(passed)):
        for last in range(first, len(passed)):
            assert last - first + 1 <= most + (passed[last] - passed[first]) * most / per_s + 1e-6


def test_one_a_second_passes_once_a_second():
    rate = Rate(1, 1.0, 10)
    assert [n for n in range(31) if rate.allows("k", 1000.1 + n * 0.1)] == [0, 10, 20, 30]


def test_keys_are_apart_and_bounded():
    rate = Rate(1, 60.0, 2)
    assert [rate.allows(key, 0.0) for key in "aabbca"] == [True, False, True, False, True, True]
