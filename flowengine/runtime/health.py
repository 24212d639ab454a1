"""What is wrong with a running flow now, in words: for readiness, metrics, log and editor. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowengine.catalog.fields import connection_fields
from flowengine.flow.places import public
from flowengine.node import Connection, Sink, Source
from flowengine.runtime.view import NodeView

HANGS_S = 4.0
"""A write that takes longer is told: whoever waits for it would hear within five seconds."""
HELD_UP_S = 5.0
Stations = Mapping[str, NodeView]
Connections = Mapping[str, Connection]


def problems(stations: Stations, connections: Connections, now_s: float) -> Iterator[str]:
    """One line each; nothing when all is well."""
    for name, connection in connections.items():
        users = [public(station.name) for station in stations.values() if name in needs(station)]
        if users and connection.fault:
            yield f"connection {name}: {connection.fault}; needed by {', '.join(users)}"
    for station in stations.values():
        if fault := trouble(station, now_s):
            yield f"{public(station.name)}: {fault}"
        if station.held_up:
            yield f"{public(station.name)}: {station.held_up}"


def trouble(station: NodeView, now_s: float) -> str:
    """Why a node does not do its work now; empty when it does."""
    if station.state in ("retrying", "failed"):
        return f"{station.state}: {station.reason}"
    if isinstance(station.node, Source) and station.node.fault:
        return station.node.fault
    if station.write_since_s is not None and now_s - station.write_since_s > HANGS_S:
        return f"a delivery has taken {now_s - station.write_since_s:.0f} s"
    return ""


def needs(station: NodeView) -> list[str]:
    """Names of the connections that a node uses while it runs."""
    spec = station.spec
    if spec.disabled or spec.config is None:
        return []
    return [str(spec.options[name]) for name in connection_fields(type(spec.config)) if spec.options.get(name)]


def is_up(station: NodeView, connections: Connections, now_s: float) -> bool:
    """Whether a node works, with all that it needs."""
    lacking = any(connections[name].fault for name in needs(station) if name in connections)
    return not lacking and not trouble(station, now_s)


def held_up(source: NodeView, stations: Stations, now_s: float) -> str:
    """Which sinks keep a source from going on, and what would help; empty where none does."""
    blockers = dict(_blockers(source, now_s, set()))
    if not blockers:
        return ""
    reasons = ", ".join(f"{name} ({why})" for name, why in blockers.items())
    behind = ", ".join(_behind(source, stations))
    others = f"; {behind} can wait behind it, since one session is acknowledged in order" if behind else ""
    return f"held up by {reasons}; `durable: true` on {', '.join(blockers)} would let it go on{others}"


def _blockers(station: NodeView, now_s: float, seen: set[str]) -> Iterator[tuple[str, str]]:
    for wires in station.wires.values():
        for target in (wire.target for wire in wires):
            if target.name in seen:
                continue
            seen.add(target.name)
            if target.spec.durable is not None:
                if target.inbox is not None and target.inbox.full:
                    yield public(target.name), "its spool is full"
                continue
            why = trouble(target, now_s) if isinstance(target.node, Sink) and target.held else ""
            if why:
                yield public(target.name), why
            yield from _blockers(target, now_s, seen)


def _behind(source: NodeView, stations: Stations) -> Iterator[str]:
    """Other sources that share a session with this one."""
    shared = set(needs(source))
    for station in stations.values():
        if station is not source and isinstance(station.node, Source) and shared & set(needs(station)):
            yield public(station.name)
