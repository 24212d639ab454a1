"""State, rates and queues of one running flow, ten times a second, as rows that change rarely. Reads counters only."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from flowengine.flow.places import public
from flowengine.runtime.forecast import SEEN_S, full_in_s
from flowengine.runtime.subflow_aggregate import SubflowAggregate
from flowengine.runtime.view import FlowView, NodeView, WireView

OFF, OK, WARN, ERROR = 0, 1, 2, 3
RATE_S = 1.0
WARN_FILL = 0.85
LOOK_S = 1.0
RECENT_S = 30.0
NOTHING: Mapping[str, int] = {}
NodeRow = tuple[int, int, float, int]
WireRow = tuple[Any, ...]


class StatusBoard:
    """Rows of every node and wire. `version` grows with each `refresh` that changed something.

    `generation` changes when the flow has other nodes or wires: rows of an older one mean nothing then.
    """

    def __init__(self, runtime: FlowView):
        self.runtime = runtime
        self.version = 0
        self.generation = -1
        self._known: tuple[Any, ...] = ()
        self.nodes: list[str] = []
        self.wires: list[str] = []
        self.node_rows: list[NodeRow] = []
        self.wire_rows: list[WireRow] = []
        self.texts: list[str] = []
        self._versions: tuple[list[int], list[int], list[int]] = ([], [], [])
        self._history: deque[tuple[float, list[int], list[int]]] = deque()
        self._depths: deque[tuple[float, list[int]]] = deque()
        self._forecasts: list[float | None] = []
        self._failing: dict[int, tuple[int, float]] = {}

    def refresh(self, now_s: float, late: Mapping[str, int] = NOTHING) -> bool:
        """Read the counters; whether any row changed. `late` says of how many points a node has not heard in time."""
        stations = self.runtime.stations
        known = (stations, [station.wires for station in stations.values()])
        if self._known != known:
            self._begin(known)
        received = [station.received for station in self._stations]
        passed = [wire.count for _, wire in self._pairs]
        self._history.append((now_s, received, passed))
        while len(self._history) > 2 and self._history[1][0] <= now_s - RATE_S + 0.001:
            self._history.popleft()
        first_s, old_received, old_passed = self._history[0]
        per_s = 1.0 / max(now_s - first_s, RATE_S)
        nodes = [
            (index, _state(station), round(max(0, new - old) * per_s, 1), station.errored)
            for index, (station, new, old) in enumerate(zip(self._stations, received, old_received, strict=True))
        ]
        self._mark_failing(nodes, now_s)
        self._mark_late(nodes, late)
        fill = self._fill(now_s)
        wires = [
            (index, round(max(0, new - old) * per_s, 1), *fill.get(wire.target.name, ()))
            for index, ((_, wire), new, old) in enumerate(zip(self._pairs, passed, old_passed, strict=True))
        ]
        texts = [
            _text(station) or (f"{late[name]} stale" if name in late else "")
            for station, name in zip(self._stations, self.nodes, strict=False)
        ]
        self._folded.add(nodes, wires, texts)
        return self._compare(nodes, wires, texts)

    def since(self, version: int) -> tuple[list[Any], list[Any]]:
        """Rows of nodes and wires that changed after `version`; a node's text only where it changed."""
        of_nodes, of_wires, of_texts = self._versions
        nodes: list[Any] = [
            (*row, self.texts[row[0]]) if of_texts[row[0]] > version else row
            for row, changed in zip(self.node_rows, of_nodes, strict=True)
            if changed > version
        ]
        return nodes, [row for row, changed in zip(self.wire_rows, of_wires, strict=True) if changed > version]

    def all(self) -> tuple[list[Any], list[Any]]:
        """Every row, with the texts that are not empty."""
        nodes: list[Any] = [(*row, text) if text else row for row, text in zip(self.node_rows, self.texts, strict=True)]
        return nodes, self.wire_rows

    def _begin(self, known: tuple[Any, ...]) -> None:
        self._known = (dict(known[0]), list(known[1]))
        self._stations: list[NodeView] = list(known[0].values())
        self._pairs: list[tuple[NodeView, WireView]] = [
            (station, wire) for station in self._stations for wires in station.wires.values() for wire in wires
        ]
        self.nodes = [public(station.name) for station in self._stations]
        self.wires = [f"{public(s.name)}:{w.port}>{public(w.target.name)}" for s, w in self._pairs]
        self._folded = SubflowAggregate(self._stations, self._pairs)
        self.nodes += self._folded.nodes
        self.wires += self._folded.wires
        self.node_rows, self.wire_rows, self.texts = [], [], []
        self._history.clear()
        self._depths.clear()
        self._failing.clear()
        self.generation += 1

    def _mark_late(self, rows: list[NodeRow], late: Mapping[str, int]) -> None:
        for index, state, rate, errors in rows:
            if state == OK and self.nodes[index] in late:
                rows[index] = (index, WARN, rate, errors)

    def _mark_failing(self, rows: list[NodeRow], now_s: float) -> None:
        """A node that rejected messages of late is a warning."""
        for index, row in enumerate(rows):
            errors, since_s = self._failing.get(index, (row[3], -RECENT_S))
            if row[3] > errors:
                since_s = now_s
            self._failing[index] = (row[3], since_s)
            if row[1] == OK and now_s - since_s < RECENT_S:
                rows[index] = (index, WARN, row[2], row[3])

    def _fill(self, now_s: float) -> dict[str, tuple[Any, ...]]:
        """Depth, limit, seconds to full and unit of every queue, by the node behind it."""
        queued = [(station.name, station.inbox) for station in self._stations if station.inbox is not None]
        depths = [queue.fill for _, queue in queued]
        if not self._depths or now_s - self._depths[-1][0] >= LOOK_S:
            self._depths.append((now_s, [depth for depth, _ in depths]))
            while len(self._depths) > 2 and self._depths[1][0] <= now_s - SEEN_S:
                self._depths.popleft()
            seen = zip(*(row for _, row in self._depths), strict=True)
            times = [at_s for at_s, _ in self._depths]
            self._forecasts = [
                full_in_s(list(zip(times, row, strict=True)), limit)
                for row, (_, limit) in zip(seen, depths, strict=True)
            ]
        return {
            name: _filling(queue.durable, depth, limit, forecast)
            for (name, queue), (depth, limit), forecast in zip(queued, depths, self._forecasts, strict=True)
        }

    def _compare(self, nodes: list[NodeRow], wires: list[WireRow], texts: list[str]) -> bool:
        version = self.version + 1
        if len(self.node_rows) != len(nodes) or len(self.wire_rows) != len(wires):
            self._versions = ([version] * len(nodes), [version] * len(wires), [version] * len(nodes))
            self.node_rows, self.wire_rows, self.texts, self.version = nodes, wires, texts, version
            return True
        of_nodes, of_wires, of_texts = self._versions
        if texts != self.texts:
            for index, (new, old) in enumerate(zip(texts, self.texts, strict=True)):
                if new != old:
                    of_texts[index] = of_nodes[index] = version
        changed = texts != self.texts
        for rows, known, versions in ((nodes, self.node_rows, of_nodes), (wires, self.wire_rows, of_wires)):
            for index, (row, was) in enumerate(zip(rows, known, strict=True)):
                if row != was:
                    versions[index] = version
                    changed = True
        self.node_rows, self.wire_rows, self.texts = nodes, wires, texts
        self.version += changed
        return changed


def _filling(durable: bool, depth: int, limit: int, forecast_s: float | None) -> tuple[Any, ...]:
    whole_s = None if forecast_s is None or depth >= limit else round(forecast_s)
    if durable:
        return depth, limit, whole_s, "KiB"
    return (depth, limit) if whole_s is None else (depth, limit, whole_s)


def _state(station: NodeView) -> int:
    if station.state in ("disabled", "stopped"):
        return OFF
    if station.state in ("retrying", "failed"):
        return ERROR
    if station.held_up:
        return WARN
    if station.inbox is not None:
        depth, limit = station.inbox.fill
        return WARN if depth > WARN_FILL * limit else OK
    return OK


def _text(station: NodeView) -> str:
    if station.state == "running":
        return station.held_up[:200]
    return (f"{station.state}: {station.reason}" if station.reason else station.state)[:200]


def sources(stations: Iterable[NodeView]) -> list[NodeView]:
    """Those that bring messages in."""
    return [station for station in stations if station.is_source]
