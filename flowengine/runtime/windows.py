"""Lets buffers go when a broker sends no more until something is acknowledged, instead of waiting for their timers.

How many unacknowledged messages a broker allows (`max_inflight_messages` of mosquitto, Receive Maximum) is not told: it
is learnt from one batch that waited for its timer, and forgotten when nothing comes of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from functools import partial

from flowengine.clock import Clock
from flowengine.node import Connection, Stateful
from flowengine.runtime.health import needs
from flowengine.runtime.pressure import Pressure
from flowengine.runtime.route import call_stateful
from flowengine.runtime.sources import SourceOutlet
from flowengine.runtime.station import Station

QUIET_S = 0.05
"""When nothing came for so long, the far side waits for us or has nothing to send."""

SOON_S = 0.002
"""The same where the window is known and full."""

ANSWER_S = 0.25
"""A far side that waited for acknowledgements sends on within this time after them."""

MISSES, DOUBT_S = 2, 60.0
"""After so many times without an answer in a row there is no window, and none is looked for so long."""


class Window:
    """What is known of one session. Times are monotonic seconds, counts are messages. No I/O.

    A session is stuck at a number when all that came is held and nothing more comes; it was the window if at least
    half as much as was settled comes at once. `size` is the smallest such number.
    """

    def __init__(self) -> None:
        self.size: int | None = None
        self._stuck_at = self._settled = self._came = self._misses = 0
        self._settled_s = 0.0
        self._doubted_until_s = float("-inf")

    def came(self, count: int, now_s: float) -> None:
        """Messages came in."""
        if not self._settled:
            self._stuck_at = 0
        elif not self._missed(now_s):
            self._came += count
            if 2 * self._came >= self._settled:
                self._answered(now_s)

    def settled(self, count: int, now_s: float) -> None:
        """Messages were settled."""
        if self._stuck_at:
            self._settled_s = now_s if not self._settled else self._settled_s
            self._settled += count

    def rested(self, unsettled: int, now_s: float) -> None:
        """Nothing has come or gone for a while, and all that is unsettled is held."""
        if not self._settled or self._missed(now_s):
            self._stuck_at = unsettled

    def is_full(self, unsettled: int) -> bool:
        """Whether nothing more will come before something is settled."""
        return self.size is not None and unsettled >= self.size

    def _answered(self, now_s: float) -> None:
        if now_s >= self._doubted_until_s:
            self.size = self._stuck_at if self.size is None else min(self.size, self._stuck_at)
            self._misses = 0
        self._stuck_at = self._settled = self._came = 0

    def _missed(self, now_s: float) -> bool:
        if now_s - self._settled_s <= ANSWER_S:
            return False
        self._stuck_at = self._settled = self._came = 0
        self._misses += self.size is not None
        if self._misses >= MISSES:
            self.size, self._misses, self._doubted_until_s = None, 0, now_s + DOUBT_S
        return True


class Windows:
    """Watches the sessions of one flow and what waits in its nodes for company."""

    def __init__(self, clock: Clock, pressure: Pressure):
        self._clock = clock
        self._pressure = pressure
        self._sessions: dict[str, list[SourceOutlet]] = {}
        self._windows: dict[str, Window] = {}
        self._stations: Collection[Station] = ()
        self._restless = False
        self._armed: asyncio.TimerHandle | None = None
        self._armed_s = float("inf")

    def watch(
        self, outlets: Iterable[SourceOutlet], stations: Mapping[str, Station], connections: Mapping[str, Connection]
    ) -> None:
        """Follow these sources from now on, and no others."""
        self._stations = stations.values()
        some_hold = any(isinstance(station.node, Stateful) and station.node.holds for station in self._stations)
        self._sessions = {}
        for outlet in outlets:
            outlet.moved = None
            station, session = outlet.station, _session(outlet.station, connections)
            if some_hold and session and station.node.repeats(station.spec.config):
                self._sessions.setdefault(session, []).append(outlet)
                outlet.moved = partial(self._moved, session)
        self._windows = {name: self._windows.get(name) or Window() for name in self._sessions}

    def stop(self) -> None:
        """Follow nothing any more."""
        self.watch([outlet for each in self._sessions.values() for outlet in each], {}, {})
        if self._armed is not None:
            self._armed.cancel()
            self._armed = None

    def _moved(self, session: str, count: int) -> None:
        """So many messages came, or (below 0) were settled."""
        window, now_s = self._windows[session], self._clock.now_s()
        if count > 0:
            window.came(count, now_s)
        else:
            window.settled(-count, now_s)
        self._restless = True
        self._arm(now_s + (SOON_S if window.is_full(self._unsettled(session)) else QUIET_S))

    def _arm(self, at_s: float) -> None:
        if self._armed is not None:
            if at_s >= self._armed_s:
                return
            self._armed.cancel()
        self._armed_s = at_s
        self._armed = asyncio.get_running_loop().call_later(at_s - self._clock.now_s(), self._tick)

    def _tick(self) -> None:
        self._armed, now_s = None, self._clock.now_s()
        unsettled = {name: self._unsettled(name) for name in self._sessions}
        full = any(self._windows[name].is_full(count) for name, count in unsettled.items())
        if self._restless:
            self._restless = False
            self._arm(now_s + (SOON_S if full else QUIET_S))
        elif not any(_is_under_way(station) for station in self._stations):
            for name, count in unsettled.items():
                self._windows[name].rested(count, now_s)
            if full:
                self._let_go(now_s)

    def _let_go(self, now_s: float) -> None:
        for station in self._stations:
            if isinstance(station.node, Stateful) and station.node.holds and station.ledger.messages:
                self._pressure.begin()
                call_stateful(station, station.node.make_room, now_s)
                if station.on_wake is not None:
                    station.on_wake(station)

    def _unsettled(self, session: str) -> int:
        return sum([outlet.unsettled for outlet in self._sessions[session]])


def _session(source: Station, connections: Mapping[str, Connection]) -> str:
    """The connection whose far side a source acknowledges to in order; empty for none."""
    return next((name for name in needs(source) if name in connections and connections[name].one_a_flow), "")


def _is_under_way(station: Station) -> bool:
    """Whether something waits before a node or is being written that is not safe on disk."""
    inbox = station.inbox
    return (inbox is None or not inbox.durable) and bool(station.in_write or (inbox is not None and inbox.messages))
