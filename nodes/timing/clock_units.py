"""Monotonic seconds (float) to whole nanoseconds and back, so that a timer never wakes before its own deadline."""

import math


def to_ns(seconds: float) -> int:
    """Whole nanoseconds."""
    return round(seconds * 1e9)


def to_s(at_ns: int) -> float:
    """Seconds that `to_ns` does not turn into less than `at_ns`."""
    seconds = at_ns / 1e9
    while to_ns(seconds) < at_ns:
        seconds = math.nextafter(seconds, math.inf)
    return seconds
