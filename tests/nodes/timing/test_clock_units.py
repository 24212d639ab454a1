"""nodes/timing/clock_units.py"""

from hypothesis import given
from hypothesis import strategies as st

from nodes.timing.clock_units import to_ns, to_s

YEARS_NS = 30 * 366 * 86_400 * 10**9


@given(st.integers(0, YEARS_NS))
def test_a_timer_never_wakes_before_its_deadline_and_hardly_after(at_ns):
    assert at_ns <= to_ns(to_s(at_ns)) <= at_ns + 250


@given(st.floats(0, YEARS_NS / 1e9), st.floats(0, YEARS_NS / 1e9))
def test_later_stays_later(a_s, b_s):
    assert (a_s <= b_s) <= (to_ns(a_s) <= to_ns(b_s))
