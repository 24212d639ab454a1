"""Time as a thing that is handed in: the system's clock here, a virtual one in `flowengine.testing`."""

import time
from typing import Protocol


class Clock(Protocol):
    """Two readings that are never mixed: durations and calendar time."""

    def now_s(self) -> float:
        """Monotonic seconds, for durations and deadlines."""

    def time_ns(self) -> int:
        """Nanoseconds since the Unix epoch (UTC), for time stamps."""


class SystemClock:
    """The machine's own clocks."""

    now_s = staticmethod(time.monotonic)
    time_ns = staticmethod(time.time_ns)
