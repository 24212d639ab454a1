"""When to stop reading for a moment, so that many packets are handled at once under load. Pure: time is an argument.

A read of one packet costs ten times what a packet costs in a read of a hundred: each takes its own turns of the event
loop. Below `BUSY_PER_S` nothing waits; above it the socket is left alone for a tick after each read and the kernel
collects: at most a millisecond and a half until many thousands come in a second.
"""

from typing import Final

BUSY_PER_S: Final = 1_000
FLOOD_PER_S: Final = 15_000
SHORT_TICK_S: Final = 0.0015
LONG_TICK_S: Final = 0.01
SPAN_S: Final = 0.02
FULL_READ_BYTES: Final = 128 << 10


class Pace:
    """Watches the rate of one connection."""

    def __init__(self) -> None:
        self._since_s = 0.0
        self._seen = 0
        self._tick_s = 0.0

    def pause_s(self, now_s: float, packets: int, read_bytes: int) -> float:
        """How long not to read after a read of so many packets; 0 for not at all."""
        self._seen += packets
        span_s = now_s - self._since_s
        if span_s >= SPAN_S:
            rate = self._seen / span_s
            self._tick_s = LONG_TICK_S if rate > FLOOD_PER_S else SHORT_TICK_S if rate > BUSY_PER_S else 0.0
            self._since_s, self._seen = now_s, 0
        return 0.0 if read_bytes >= FULL_READ_BYTES else self._tick_s
