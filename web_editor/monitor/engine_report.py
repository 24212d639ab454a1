"""The whole process as it is now: flows, queues, spools, connections, lag and memory. Measures nothing itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

import msgspec

from flowengine import __version__
from flowengine.counts import count_of
from flowengine.engine import Engine as FlowEngine
from flowengine.flow.places import public
from flowengine.runtime.elsewhere import ClusterNow
from flowengine.runtime.spool_state import SpoolState, state_of
from flowengine.runtime.status_board import sources
from flowengine.runtime.view import FlowView
from web_editor.monitor.gauges import Gauges

State = Literal["off", "ok", "warn", "error"]


SLOWEST = 10
"""So many nodes that take the most time are told."""


class FlowRow(msgspec.Struct):
    """One flow."""

    flow: str
    running: bool
    rate: float
    errors: int
    held: int


class BusyRow(msgspec.Struct):
    """What a node's own code took in the last seconds; `each_us` is the mean of a message, null without one."""

    flow: str
    node: str
    busy_percent: float
    each_us: float | None
    rate: float


class QueueRow(msgspec.Struct):
    """A queue in RAM."""

    flow: str
    node: str
    policy: str
    depth: int
    limit: int
    dropped: int
    full_in_s: float | None


class ConnectionRow(msgspec.Struct):
    """A shared client."""

    flow: str
    connection: str
    type: str
    state: State
    detail: str
    since_ms: float


class Engine(msgspec.Struct):
    """The whole process."""

    at_ms: float
    up_s: float
    version: str
    rate: float
    in_total: int
    out_total: int
    dropped: dict[str, int]
    errored: int
    held: int
    loop_lag_ms: float
    cpu_percent: float
    memory_bytes: int
    memory_limit_bytes: int | None
    disk_free_bytes: int
    clients: int
    dead_letters: int
    flows: list[FlowRow]
    slowest: list[BusyRow]
    queues: list[QueueRow]
    spools: list[SpoolState]
    connections: list[ConnectionRow]
    cluster: ClusterNow | None
    """Of which this engine is a worker."""


def engine_now(engine: FlowEngine, gauges: Gauges, clients: int, dead_letters: int) -> Engine:
    """Everything at once; `clients` are connected, `dead_letters` wait on disk."""
    flows = dict(engine.flows)
    stations = [station for runtime in flows.values() for station in runtime.stations.values()]
    dropped: Counter[str] = Counter()
    for station in stations:
        dropped.update(station.dropped)
    return Engine(
        at_ms=engine.clock.time_ns() / 1e6,
        up_s=gauges.up_s,
        version=__version__,
        rate=round(sum(gauges.rate(name) for name in flows), 1),
        in_total=sum(station.received for station in sources(stations)),
        out_total=sum(station.passed for station in stations if station.is_sink),
        dropped=dict(dropped),
        errored=sum(station.errored for station in stations),
        held=sum(station.held for station in stations),
        loop_lag_ms=gauges.loop_lag_ms,
        cpu_percent=gauges.cpu_percent,
        memory_bytes=gauges.memory_bytes,
        memory_limit_bytes=gauges.memory_limit_bytes,
        disk_free_bytes=gauges.disk_free_bytes,
        clients=clients,
        dead_letters=dead_letters,
        flows=[_flow(gauges, name, runtime) for name, runtime in flows.items()],
        slowest=[
            BusyRow(flow, public(node), round(busy.share * 100, 2), busy.each_us, round(busy.rate, 1))
            for (flow, node), busy in gauges.slowest(SLOWEST)
        ],
        queues=[row for name, runtime in flows.items() for row in _queues(gauges, name, runtime)],
        spools=[state_of(found) for found in (*gauges.spools.of_running(), *gauges.orphans)],
        connections=[row for name, runtime in flows.items() for row in _connections(gauges, name, runtime)],
        cluster=engine.cluster.now() if engine.cluster is not None else None,
    )


def _flow(gauges: Gauges, name: str, runtime: FlowView) -> FlowRow:
    stations = list(runtime.stations.values())
    errors, held = sum(s.errored for s in stations), sum(s.held for s in stations)
    return FlowRow(name, True, gauges.rate(name), errors, held)


def _queues(gauges: Gauges, flow: str, runtime: FlowView) -> Iterator[QueueRow]:
    for station in runtime.stations.values():
        queue = station.inbox
        if queue is not None and not queue.durable:
            dropped = sum(n for reason, n in station.dropped.items() if reason.startswith("queue full"))
            depth, limit = queue.fill
            full_in_s, policy = gauges.full_in_s(flow, station.name, limit), queue.limits.when_full
            yield QueueRow(flow, public(station.name), policy, depth, limit, dropped, full_in_s)


def _connections(gauges: Gauges, flow: str, runtime: FlowView) -> Iterator[ConnectionRow]:
    for name, connection in runtime.connections.items():
        up, spec = connection.up, runtime.flow.connections.get(name)
        again = f"reconnected {count_of(connection.reconnects, 'time')}" if connection.reconnects else ""
        detail = "not asked yet" if up is None else (not up and connection.fault) or again
        state: State = "off" if up is None else "ok" if up else "error"
        since_ms = gauges.since_ms(f"{flow}/{name}", up)
        yield ConnectionRow(flow, name, spec.type if spec else "", state, detail, since_ms)
