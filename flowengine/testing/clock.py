"""Clocks for tests: one that is set by hand, one that follows an event loop."""

from __future__ import annotations

import asyncio

START_NS = 1_767_225_600_000_000_000
"""2026-01-01T00:00:00Z, where test time starts."""


class ManualClock:
    """Stands still until it is moved."""

    def __init__(self, start_ns: int = START_NS):
        self._now_s = 0.0
        self._start_ns = start_ns

    def now_s(self) -> float:
        """Seconds moved so far."""
        return self._now_s

    def time_ns(self) -> int:
        """The start plus what was moved."""
        return self._start_ns + round(self._now_s * 1e9)

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self._now_s += seconds


class LoopClock:
    """Follows an event loop, so that timers and time stamps agree in virtual time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start_ns: int = START_NS):
        self._loop = loop
        self._start_ns = start_ns

    def now_s(self) -> float:
        """The loop's time."""
        return self._loop.time()

    def time_ns(self) -> int:
        """The start plus the loop's time."""
        return self._start_ns + round(self._loop.time() * 1e9)
