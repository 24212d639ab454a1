"""Wakes the stateful nodes of a flow when they asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

from flowengine.clock import Clock
from flowengine.runtime.pressure import Pressure
from flowengine.runtime.route import call_stateful
from flowengine.runtime.station import Queue, Station
from flowengine.runtime.turns import Later

BLOCKED_RETRY_S = 0.05


class Timers:
    """One armed timer for the earliest wish of all stateful stations."""

    def __init__(self, clock: Clock, pressure: Pressure, later: Later, fault: Callable[[Station, Exception], None]):
        self._clock = clock
        self._later = later
        self._pressure = pressure
        self._fault = fault
        self._stations: list[Station] = []
        self._due_s: dict[Station, float] = {}
        self._blocked: dict[Station, list[Queue]] = {}
        self._armed: asyncio.TimerHandle | None = None
        self._armed_s = float("inf")

    def watch(self, stations: Iterable[Station]) -> None:
        """Serve these stations from now on, and no others."""
        for old in self._stations:
            old.on_wake = None
        self._stations = list(stations)
        self._due_s.clear()
        self._blocked.clear()
        for station in self._stations:
            station.on_wake = self.reschedule
            self.reschedule(station)

    def reschedule(self, station: Station) -> None:
        """A node may have changed its mind about when to be woken."""
        wake_s = station.node.wake_at_s()
        if wake_s is None:
            self._due_s.pop(station, None)
            return
        self._due_s[station] = wake_s
        if wake_s < self._armed_s:
            self._arm(wake_s)

    def stop(self) -> None:
        """Wake nobody any more."""
        self.watch(())
        if self._armed is not None:
            self._armed.cancel()
            self._armed = None
            self._armed_s = float("inf")

    def _arm(self, at_s: float) -> None:
        if self._armed is not None:
            self._armed.cancel()
        loop = asyncio.get_running_loop()
        self._armed_s = at_s
        self._armed = loop.call_later(max(0.0, at_s - self._clock.now_s()), self._tick)

    def _tick(self) -> None:
        self._armed, self._armed_s = None, float("inf")
        now_s = self._clock.now_s()
        for station in [s for s, due_s in self._due_s.items() if due_s <= now_s]:
            if self._later.is_due:
                del self._due_s[station]  # else it would be put off again before it is woken
                self._later.put(partial(self._wake_late, station))
            else:
                self._wake(station, now_s)
        self._arm_next(now_s)

    def _arm_next(self, now_s: float) -> None:
        if self._due_s:
            earliest_s = min(self._due_s.values())
            self._arm(max(earliest_s, now_s + BLOCKED_RETRY_S) if self._blocked else earliest_s)

    def _wake_late(self, station: Station, now_s: float) -> None:
        if station.on_wake is not None:
            self._due_s.setdefault(station, now_s)
            self._wake(station, now_s)
            self._arm_next(now_s)

    def _wake(self, station: Station, now_s: float) -> None:
        if any(queue.full for queue in self._blocked.get(station, ())):
            return
        if station.committing is not None and station.committing.still.held:
            self._due_s[station] = now_s + BLOCKED_RETRY_S
            return
        self._blocked.pop(station, None)
        before = station.node.wake_at_s()
        self._pressure.begin()
        try:
            call_stateful(station, station.node.on_time, now_s)
        except Exception as error:
            self._fault(station, error)
        self.reschedule(station)
        if self._due_s.get(station) == before:
            # A node that does not move its wish would spin the loop.
            self._due_s[station] = now_s + BLOCKED_RETRY_S
        if filled := self._pressure.take():
            self._blocked[station] = filled
