"""Arrival times of one source."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from flowengine.runtime.arrivals import MOST_ROOM_NS, SET_BACK_NS, ArrivalTimes

MINUTE_NS = 60_000_000_000


class Wall:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.ns = 1_000 * MINUTE_NS

    def __call__(self) -> int:
        return self.ns


def test_messages_of_one_read_arrive_a_microsecond_apart() -> None:
    wall = Wall()
    assert [at_ns - wall.ns for at_ns in ArrivalTimes(wall).take(3)] == [0, 1000, 2000]


def test_an_idle_source_has_the_time_of_the_clock() -> None:
    wall = Wall()
    arrivals = ArrivalTimes(wall)
    arrivals.take(1000)
    wall.ns += MINUTE_NS
    assert list(arrivals.take(1)) == [wall.ns]


def test_a_clock_that_is_set_back_is_followed() -> None:
    wall = Wall()
    arrivals = ArrivalTimes(wall)
    arrivals.take(1)
    wall.ns -= 60 * MINUTE_NS
    assert list(arrivals.take(1)) == [wall.ns]


def test_room_for_parts_leads_no_more_than_a_second_ahead_of_the_clock() -> None:
    wall = Wall()
    arrivals = ArrivalTimes(wall)
    times = [arrivals.with_room(900_000) for _ in range(100)]
    assert all(later - earlier >= 1000 for earlier, later in pairwise(times))
    assert max(times) <= wall.ns + MOST_ROOM_NS + 100_000


def test_a_node_that_restarts_goes_on_behind_what_arrived() -> None:
    wall = Wall()
    earlier, later = ArrivalTimes(wall), ArrivalTimes(wall)
    last_ns = earlier.take(500)[-1]
    later.follow(earlier)
    assert later.take(1)[0] > last_ns


@given(st.lists(st.tuples(st.integers(-5_000_000, 5_000_000), st.integers(1, 50)), max_size=50))
def test_times_differ_by_a_microsecond_however_the_clock_is_corrected(steps: list[tuple[int, int]]) -> None:
    wall = Wall()
    arrivals, times = ArrivalTimes(wall), list[int]()
    for step_ns, count in steps:
        wall.ns += step_ns
        times += arrivals.take(count)
    small = sum(-step for step, _ in steps if step < 0) + 1000 * len(times) < SET_BACK_NS
    assert not small or all(later - earlier >= 1000 for earlier, later in pairwise(times))
