"""One running flow: its stations, tasks and connections; started, changed in place, drained."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from functools import partial

from flowengine.catalog import Catalog
from flowengine.catalog.every_node import QueueLimits
from flowengine.flow.guarantees import commits_state
from flowengine.flow.model import ConnectionSpec, Flow
from flowengine.node import Connection, Sink, Source, Stateful
from flowengine.runtime import renames
from flowengine.runtime.build import build_outlet, build_station, in_order, to_start
from flowengine.runtime.committing import opened
from flowengine.runtime.connections import ConnectionPool
from flowengine.runtime.context import Services
from flowengine.runtime.handover import discard, exchange, let_go
from flowengine.runtime.health import HELD_UP_S, held_up
from flowengine.runtime.inbox import Inbox
from flowengine.runtime.left import Left
from flowengine.runtime.plan import Plan, plan
from flowengine.runtime.pressure import Pressure
from flowengine.runtime.route import reason_of
from flowengine.runtime.sinks import SinkRunner, run_queued
from flowengine.runtime.sources import SourceOutlet, leave_room, run_source
from flowengine.runtime.state import StateKeeper
from flowengine.runtime.station import Station
from flowengine.runtime.stores import FileStores, Stores
from flowengine.runtime.supervisor import Supervisor
from flowengine.runtime.timers import Timers
from flowengine.runtime.turns import Later
from flowengine.runtime.windows import Windows
from flowengine.store import data_folder
from flowengine.telling import Telling

SNAPSHOT_EVERY_S = 1.0
DRAIN_POLL_S = 0.01
FRAMES_A_NODE, MOST_FRAMES = 5, 100_000


class FlowRuntime:
    """Runs one flow. Nothing here is shared with other flows but `services` and connections."""

    def __init__(
        self, flow: Flow, catalog: Catalog, services: Services, pool: ConnectionPool, stores: Stores | None = None
    ):
        folder = data_folder.of_flow(services.data_dir, flow.name)
        self._stores: Stores = stores or FileStores(folder, services.clock)
        self.flow = Flow(flow.name, file=flow.file)
        self._wanted = flow
        self._catalog = catalog
        self._services = services
        self._pool = pool
        self.stations: dict[str, Station] = {}
        self.outlets: dict[str, SourceOutlet] = {}
        self._former: list[SourceOutlet] = []
        self.connections: dict[str, Connection] = {}
        self.pressure = Pressure()
        self.supervisor = Supervisor(services.random)
        self._later = Later(services.turns, services.clock.now_s)
        self._timers = Timers(services.clock, self.pressure, self._later, self._timer_fault)
        self._timers_told: dict[str, Telling] = {}
        self._windows = Windows(services.clock, self.pressure)
        self._state = StateKeeper(flow.name, self._stores.states(), services.clock)
        self._busy = asyncio.Lock()

    async def start(self) -> Plan:
        """Bring the flow up. Raises what a node's constructor raises, with nothing left running."""
        await self._state.load()
        try:
            made = await self.apply(self._wanted)
        except BaseException:
            await self.stop(0)
            raise
        self.supervisor.start("state", self._keep_state)
        return made

    async def apply(self, flow: Flow) -> Plan:
        """Make `flow` run instead of what runs; only what differs restarts."""
        async with self._busy:
            todo = plan(self.flow, flow)
            fresh = [spec for name, spec in flow.connections.items()]
            acquired = await self._acquire(fresh)
            ids = (*todo.added, *todo.changed, *todo.renamed)
            try:
                away, services = self._stores.elsewhere, self._services
                new = {
                    id: build_outlet(flow.nodes[id], flow.name, services)
                    if id in away
                    else build_station(flow.nodes[id], flow.name, self._catalog, services, acquired)
                    for id in ids
                }
            except BaseException:
                await self._release(fresh)
                raise
            _allow_chain_of(len(flow.nodes))
            await self._swap(flow, todo, new, acquired)
            return todo

    async def stop(self, deadline_s: float = 10.0, goes_on: bool = False) -> Left:
        """Stop intake, drain for at most `deadline_s`, save state, close; what was left.

        Where the flow `goes_on` elsewhere, its own clients leave what they have there as it is.
        """
        async with self._busy:
            for connection in self.connections.values():
                if goes_on and connection.one_a_flow:
                    connection.stop()
            await self.supervisor.stop([("source", id) for id in self.stations])
            await self._drain(deadline_s)
            self._timers.stop()
            self._windows.stop()
            await self.supervisor.stop_all()
            with self._later.straight():
                left = Left.of(self.stations.values())
                for station in self.stations.values():
                    if station.committing is not None:
                        await station.committing.close()
                await self._state.save(self.stations.values())
                for outlet in (*self._former, *self.outlets.values()):
                    outlet.station.node.abandon()
                for station in self.stations.values():
                    station.state = "stopped"
                    if station.inbox is not None:
                        await station.inbox.close()
                await self._release(self.flow.connections.values())
            return left

    async def _swap(self, flow: Flow, todo: Plan, new: dict[str, Station], acquired: dict[str, Connection]) -> None:
        """Stop what goes, put the new stations in place, start them, close what is gone."""
        old_flow, old = self.flow, self.stations
        leaving = (*todo.changed, *todo.removed, *dict(todo.renamed).values())
        await self.supervisor.stop([(kind, id) for id in leaving for kind in ("source", "queue", "commit", "way")])
        went = [self.outlets.pop(id) for id in leaving if id in self.outlets]
        self._former = [outlet for outlet in (*self._former, *went) if outlet.unsettled]
        folder = data_folder.of_flow(self._services.data_dir, flow.name)
        try:
            await renames.take_along(folder, flow.nodes, [old[id] for id in dict(todo.renamed).values()])
            for id, station in new.items():
                await self._open_queue(station, old.get(id))
        except BaseException:  # such as a full disk: what was stopped runs on
            await discard(new, old)
            for station in to_start(old_flow, {id: old[id] for id in leaving}):
                self._start(station)
            await self._release(flow.connections.values())
            raise
        with self._later.straight():
            self.stations = exchange(old_flow, flow, old, new, todo, self._state.found, self._services.clock.now_s())
        self.flow, self.connections = flow, acquired
        self._services.stations[flow.name] = self.stations
        self._timers.watch(
            s for s in self.stations.values() if isinstance(s.node, Stateful) and not s.spec.disabled and s.way is None
        )
        for station in to_start(flow, new):
            self._start(station)
        leave_room(self.outlets.values(), self.stations.values())
        self._windows.watch(self.outlets.values(), self.stations, acquired)
        await self._retire([old[id] for id in leaving])
        await self._release(old_flow.connections.values())

    async def _open_queue(self, station: Station, old: Station | None) -> None:
        """Give a new station what its messages wait in; a spool stays open for the node that takes over."""
        spec, services, station.later = station.spec, self._services, self._later
        if station.name in self._stores.elsewhere:
            station.inbox = station.way = self._stores.way(station, self.pressure.full)
            return
        if spec.durable is not None and old is not None and old.inbox is not None and old.inbox.durable:
            station.inbox = old.inbox
        elif spec.durable is not None:
            station.inbox = await self._stores.queue(station, self.pressure.full)
        elif not spec.disabled and (spec.queue is not None or isinstance(station.node, Sink)):
            station.inbox = Inbox(spec.queue or QueueLimits(), station.drop, self.pressure.full)
        if commits_state(spec, type(station.node)):
            kept = self._stores.checkpoints(station.name)
            station.committing = await opened(station, old, kept, services.clock, self.pressure)

    def _start(self, station: Station) -> None:
        node, services = station.node, self._services
        if station.way is not None:
            station.state = "elsewhere"
            self.supervisor.start(("way", station.name), station.way.run)
            return
        if station.spec.disabled:
            return
        if isinstance(node, Source):
            traced = partial(services.tracer.begin, self._wanted.name) if services.tracer is not None else None
            outlet = SourceOutlet(station, services.clock, self.pressure, services.next_id, traced)
            self.outlets[station.name] = outlet
            self.supervisor.start(("source", station.name), lambda: run_source(station, outlet, services.random))
        elif isinstance(node, Sink):
            runner = SinkRunner(station, services.clock, self.pressure, services.random)
            self.supervisor.start(("queue", station.name), runner.run)
        elif station.inbox is not None:
            if station.committing is not None:
                self.supervisor.start(("commit", station.name), station.committing.run)
            self.supervisor.start(("queue", station.name), lambda: run_queued(station, services.clock, self.pressure))
        else:
            station.state = "running"

    async def _retire(self, replaced: Iterable[Station]) -> None:
        """What is left of stations that went: a spool stays on disk, what waited in RAM is counted as dropped."""
        for station in replaced:
            successor = self.stations.get(station.name)
            if successor is None:
                station.state = "stopped"
            if station.inbox is None or (successor is not None and successor.inbox is station.inbox):
                continue
            for messages, receipt in station.inbox.take_all():
                station.drop("node removed", len(messages))
                receipt.settle()
            await station.inbox.close()

    async def _acquire(self, specs: Sequence[ConnectionSpec]) -> dict[str, Connection]:
        """Every connection by name; after a failure none is kept."""
        acquired: dict[str, Connection] = {}
        try:
            for spec in specs:
                acquired[spec.name] = await self._pool.acquire(spec, self._wanted.name)
        except BaseException:
            await self._release(spec for spec in specs if spec.name in acquired)
            raise
        return acquired

    async def _release(self, specs: Iterable[ConnectionSpec]) -> None:
        for spec in specs:
            await self._pool.release(spec, self._wanted.name)

    async def _drain(self, deadline_s: float) -> None:
        clock = self._services.clock
        end_s = clock.now_s() + deadline_s
        order = [self.stations[id] for id in in_order(self.flow) if id in self.stations]
        while not self._quiet():
            for station in order:
                let_go(station, clock.now_s())
            if clock.now_s() >= end_s:
                return
            await asyncio.sleep(DRAIN_POLL_S)

    def _quiet(self) -> bool:
        return not any(outlet.unsettled for outlet in (*self._former, *self.outlets.values())) and not any(
            station.committing.pending if station.committing is not None else station.held
            for station in self.stations.values()
            if station.committing is not None or not _on_disk(station)
        )

    async def _keep_state(self) -> None:
        while True:
            await asyncio.sleep(SNAPSHOT_EVERY_S)
            self._look_at_sources(self._services.clock.now_s())
            await self._state.save(self.stations.values())

    def _look_at_sources(self, now_s: float) -> None:
        """Say once which sink keeps a source from going on, and once that it goes on."""
        for outlet in self.outlets.values():
            source, before = outlet.station, outlet.station.held_up
            late = outlet.oldest_s(now_s) > HELD_UP_S
            source.held_up = held_up(source, self.stations, now_s) if late else ""
            if source.held_up and not before:
                source.node.context.log.warning("%s", source.held_up)
            elif before and not source.held_up:
                source.node.context.log.info("goes on")

    def _timer_fault(self, station: Station, error: Exception) -> None:
        reason, told = reason_of(error), station.node.context.log
        told.debug("its timer failed: %s", reason, exc_info=error)
        if self._timers_told.setdefault(station.name, Telling()).is_due(reason, self._services.clock.now_s()):
            told.error("its timer failed: %s", reason)


def _on_disk(station: Station) -> bool:
    """Whether what waits before a node survives a stop."""
    return station.inbox is not None and station.inbox.durable


def _allow_chain_of(nodes: int) -> None:
    """A chain of nodes is a chain of calls; Python's limit of 1,000 would end it after some 300 nodes."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), min(1_000 + FRAMES_A_NODE * nodes, MOST_FRAMES)))
