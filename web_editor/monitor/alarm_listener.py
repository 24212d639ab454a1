"""Takes what nodes with alarms tell, as flows come and go. Judges nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from flowengine.alarms import AlarmSource, Change, has_alarms
from flowengine.engine import Engine
from flowengine.flow.places import internal, public

MOST_WAITING = 10_000
"""Beyond it the oldest are lost to the history; the comparison with the nodes' own word still finds the state."""


class AlarmListener:
    """Hears every node that has alarms."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._known: dict[str, object] = {}
        self._waiting: deque[Change] = deque(maxlen=MOST_WAITING)
        engine.services.alarms.watch(self._waiting.extend)

    def take(self) -> Iterator[Change]:
        """What was told since last time, oldest first."""
        while self._waiting:
            change = self._waiting.popleft()
            runtime = self._engine.here.get(change.flow)
            yield change._replace(node=public(change.node), flow=runtime.flow.whole if runtime else change.flow)

    def renamed(self) -> Iterator[tuple[str, str, str]]:
        """Flow, new and old name of every renamed node with alarms, told at each deploy."""
        for flow, runtime in self._engine.here.items():
            if self._known.get(flow) is runtime.stations:
                continue
            self._known[flow] = runtime.stations
            for station in runtime.stations.values():
                if station.spec.was and has_alarms(station.node):
                    yield runtime.flow.whole, public(station.name), public(station.spec.was)

    def sources(self) -> Iterator[tuple[str, str, AlarmSource]]:
        """Flow, node and the node itself, of every one that runs."""
        for runtime in self._engine.here.values():
            for station in runtime.stations.values():
                if has_alarms(station.node):
                    yield runtime.flow.whole, public(station.name), station.node

    def source(self, flow: str, node: str, key: str) -> AlarmSource | None:
        """The one that has this alarm, None when it does not run here."""
        for runtime in self._engine.here.values():
            station = runtime.stations.get(internal(node)) if runtime.flow.whole == flow else None
            if station is not None and has_alarms(station.node):
                source: AlarmSource = station.node
                if runtime.flow.parts == 1 or _has(source, key):
                    return source
        return None


def _has(source: AlarmSource, key: str) -> bool:
    """Whether a partition has the alarm, and not another one."""
    return key in source.heard() or any(str(row.get("key", "")) == key for row in source.alarms())
