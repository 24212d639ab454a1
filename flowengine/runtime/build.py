"""Makes stations from a flow: nodes constructed, wires joined. Starts nothing."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from flowengine.catalog import Catalog
from flowengine.config import Config
from flowengine.flow.model import Flow, NodeSpec
from flowengine.node import Connection, Node, Source
from flowengine.runtime.arrivals import ArrivalTimes
from flowengine.runtime.context import Services, StationContext
from flowengine.runtime.dedupe import DedupeWindow
from flowengine.runtime.route import handle_of
from flowengine.runtime.station import Station, Wire

LOGGED_ERRORS = 10
"""So many errors of a node are logged one by one; afterwards each power of ten."""


def build_station(
    spec: NodeSpec, flow: str, catalog: Catalog, services: Services, connections: Mapping[str, Connection]
) -> Station:
    """The station of one node. Raises what the node's constructor raises."""
    station = _station(spec, services)
    station.arrivals = ArrivalTimes(services.clock.time_ns)
    context = StationContext(station, flow, services, connections)
    kind = catalog.node(spec.type)
    config = spec.config or kind.config_type().model_validate(dict(spec.options))
    station.node = kind(config, context)
    if spec.dedupe is not None:
        station.seen = DedupeWindow(spec.dedupe)
    if spec.disabled:
        station.state = "disabled"
    else:
        station.handle = handle_of(station.node)
    return station


def _station(spec: NodeSpec, services: Services) -> Station:
    return Station(spec.id, spec, stopwatch=time.perf_counter, on_slow=_slow, on_error=_errored, orders=services.orders)


class Elsewhere(Node):
    """Stands for a node that another process runs."""


def build_outlet(spec: NodeSpec, flow: str, services: Services) -> Station:
    """The station by which messages leave for a node that runs elsewhere; nothing of that node is made here."""
    station = _station(spec, services)
    station.node = Elsewhere(Config(), StationContext(station, flow, services, {}))
    return station


def wire_up(stations: Mapping[str, Station], flow: Flow) -> None:
    """Join the stations as the flow says; counters and taps of wires that stay are kept."""
    for id, station in stations.items():
        old = {(wire.port, wire.target.name): wire for wires in station.wires.values() for wire in wires}
        station.wires = {
            port: tuple(_wire(old.get((port, target)), port, stations[target]) for target in targets)
            for port, targets in flow.nodes[id].wires.items()
            if targets
        }


def _wire(old: Wire | None, port: str, target: Station) -> Wire:
    if old is None:
        return Wire(target, port)
    old.target = target
    return old


def inherit(new: Station, old: Station) -> None:
    """A restarted node goes on counting where it was, so that metrics never step back."""
    for name in ("received", "passed", "sent", "errored", "busy_s", "in_write"):
        setattr(new, name, getattr(old, name))
    new.dropped, new.counted, new.errors = old.dropped, old.counted, old.errors
    if new.seen is not None and old.seen is not None:
        new.seen = old.seen
    new.arrivals.follow(old.arrivals)
    new.ledger, new.wires, new.tap = old.ledger, old.wires, old.tap


def in_order(flow: Flow) -> list[str]:
    """Node ids from sources to sinks; in a cycle, by the file."""
    order: dict[str, None] = {}
    targets = {target for node in flow.nodes.values() for target in node.targets()}
    for start in (*(id for id in flow.nodes if id not in targets), *flow.nodes):
        _visit(flow, start, order, set())
    return list(reversed(order))


def to_start(flow: Flow, stations: Mapping[str, Station]) -> list[Station]:
    """First who take, in the flow's order, so that what comes at once is taken in that order; then who bring."""
    mine = [stations[id] for id in in_order(flow) if id in stations]
    takers = [station for station in mine if not isinstance(station.node, Source)]
    return takers + [station for station in reversed(mine) if isinstance(station.node, Source)]


def _visit(flow: Flow, start: str, order: dict[str, None], seen: set[str]) -> None:
    stack: list[tuple[str, Iterable[str] | None]] = [(start, None)]
    while stack:
        id, todo = stack.pop()
        if todo is None:
            if id in order or id in seen:
                continue
            seen.add(id)
            stack.append((id, ()))
            stack.extend((target, None) for target in flow.nodes[id].targets())
        else:
            order[id] = None


def _slow(station: Station, seconds: float) -> None:
    station.counted["slow calls"] += 1
    station.node.context.log.warning("one call took %.0f ms and held up every flow", seconds * 1000)


def _errored(station: Station, reason: str, count: int) -> None:
    if not count:  # what failed had no messages in hand: a timer's call
        station.counted["failed calls"] += 1
    total = station.errored if count else station.counted["failed calls"]
    if total - count < LOGGED_ERRORS or len(str(total)) > len(str(total - (count or 1))):
        what = f"{count} rejected" if count else "a timer failed"
        station.node.context.log.error("%s (%d in all): %s", what, total, reason)
