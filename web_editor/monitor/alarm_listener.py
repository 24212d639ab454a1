"""Takes what nodes with alarms tell on their journal port, as flows come and go. Judges nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, TypeGuard

from flowengine.engine import Engine
from flowengine.flow.places import internal, public
from flowengine.message import Messages
from flowengine.node import AlarmSource
from flowengine.runtime.taps import Listener

MOST_WAITING = 10_000
"""Beyond it the oldest are lost to the history; the comparison with the nodes' own word still finds the state."""

Entry = tuple[str, str, Mapping[str, Any], int]
"""Flow, node, what was told, and when (UTC nanoseconds)."""


def _has_alarms(node: Any) -> TypeGuard[AlarmSource]:
    kind: Any = type(node)  # the type checker does not see that a class can be hashed
    return _alarms_of(kind)


@cache
def _alarms_of(kind: Any) -> bool:
    """Asked of every node ten times a second; to look at its methods each time would cost a large flow its rest."""
    return issubclass(kind, AlarmSource)


class AlarmListener:
    """Taps on every node that has alarms."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._known: dict[str, object] = {}
        self._waiting: deque[Entry] = deque(maxlen=MOST_WAITING)
        self._listening: dict[tuple[str, str], tuple[object, Callable[[], None]]] = {}

    def take(self) -> Iterator[Entry]:
        """What was told since last time, oldest first."""
        self._listen()
        while self._waiting:
            yield self._waiting.popleft()

    def renamed(self) -> Iterator[tuple[str, str, str]]:
        """Flow, new and old name of every renamed node with alarms, told at each deploy."""
        for flow, runtime in self._engine.flows.items():
            if self._known.get(flow) is runtime.stations:
                continue
            self._known[flow] = runtime.stations
            for station in runtime.stations.values():
                if station.spec.was and _has_alarms(station.node):
                    yield flow, public(station.name), public(station.spec.was)

    def sources(self) -> Iterator[tuple[str, str, AlarmSource]]:
        """Flow, node and the node itself, of every one that runs."""
        for flow, runtime in self._engine.flows.items():
            for station in runtime.stations.values():
                if _has_alarms(station.node):
                    yield flow, public(station.name), station.node

    def source(self, flow: str, node: str) -> AlarmSource | None:
        """One of them, None when it does not run."""
        runtime = self._engine.flows.get(flow)
        station = runtime.stations.get(internal(node)) if runtime else None
        return station.node if station is not None and _has_alarms(station.node) else None

    def _listen(self) -> None:
        there = {(flow, node): self._engine.flows[flow] for flow, node, _ in self.sources()}
        for place, (runtime, stop) in list(self._listening.items()):
            if there.get(place) is not runtime:
                del self._listening[place]
                stop()
        for place, runtime in there.items():
            if place not in self._listening:
                listener = Listener(*place, "", self._taker(place[0]))
                self._listening[place] = (runtime, self._engine.taps.add(listener))

    def _taker(self, flow: str) -> Callable[[str, str, Messages], None]:
        def take(node: str, port: str, messages: Messages) -> None:
            if port == "journal":
                self._waiting.extend(
                    (flow, node, m.payload, m.time_ns) for m in messages if isinstance(m.payload, dict)
                )

        return take
