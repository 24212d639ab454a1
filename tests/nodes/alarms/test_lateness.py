"""nodes/alarms/lateness.py: the last sample of a key says how late it is; bounded."""

from flowengine import Message
from nodes.alarms.lateness import LATE_NS, Lateness

NOW_NS = 10**18


def at(by_ns):
    return Message(1, time_ns=NOW_NS - by_ns)


def test_a_key_is_as_late_as_its_last_sample():
    lateness = Lateness(10)
    lateness.observe(["a", "b", "a"], [at(9 * LATE_NS), at(5 * LATE_NS), at(2 * LATE_NS)], NOW_NS)
    assert (lateness.of("a"), lateness.of("b"), lateness.of("c")) == (2 * LATE_NS, 5 * LATE_NS, 0)
    lateness.observe(["a"], [at(LATE_NS - 1)], NOW_NS)
    assert (lateness.of("a"), lateness.of("b")) == (0, 5 * LATE_NS)


def test_a_time_ahead_of_the_clock_and_one_that_is_not_set_are_not_late():
    lateness = Lateness(10)
    lateness.observe(["a", "b"], [at(-9 * LATE_NS), Message(1)], NOW_NS)
    assert lateness.of("a") == lateness.of("b") == 0


def test_no_more_keys_are_kept_than_asked_for():
    lateness = Lateness(2)
    lateness.observe(["a", "b", "c"], [at(9 * LATE_NS)] * 3, NOW_NS)
    assert [lateness.of(key) > 0 for key in "abc"] == [False, True, True]
