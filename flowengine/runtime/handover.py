"""Exchanges the stations of a running flow: what is new takes over state, queues and counters of what it replaces.

Everything here is synchronous: no message moves while stations change places, so none can fall between them.
"""

from __future__ import annotations

from collections.abc import Mapping

from flowengine.flow.model import Flow
from flowengine.node import Stateful
from flowengine.runtime import state
from flowengine.runtime.build import in_order, inherit, wire_up
from flowengine.runtime.plan import Plan
from flowengine.runtime.route import call_stateful, enter
from flowengine.runtime.station import Queue, Station


def exchange(
    old_flow: Flow,
    flow: Flow,
    old: Mapping[str, Station],
    new: Mapping[str, Station],
    todo: Plan,
    saved: dict[str, state.Saved],
    now_s: float,
) -> dict[str, Station]:
    """The stations of `flow`: the new ones in place of those they replace, the others as they were."""
    renamed = dict(todo.renamed)
    before = {id: old[renamed.get(id, id)] for id in new if renamed.get(id, id) in old}
    leaving = {*todo.changed, *todo.removed, *todo.rewired, *renamed.values()}
    for id in in_order(old_flow):
        if id in leaving:
            if id in todo.rewired and not flow.nodes[id].wires:
                _carry_through(old[id], now_s)
            let_go(old[id], now_s)
        if old[id].committing is not None and id in leaving and _commits_no_more(old[id], new.get(id), flow):
            old[id].committing.release(now_s)
    for id, station in new.items():
        was = station.spec.was if station.spec.was not in flow.nodes else ""
        _take_over(station, before.get(id), saved, was, now_s)
    stations = {id: new.get(id) or old[id] for id in flow.nodes}
    for id, station in stations.items():
        station.spec = flow.nodes[id]
    wire_up(stations, flow)
    for id, station in new.items():
        if id in before and before[id].inbox is not station.inbox:
            _move(before[id].inbox, station, now_s)
    return stations


def let_go(station: Station, now_s: float) -> None:
    """Held messages of a node that goes leave it now, by the wires it still has."""
    if isinstance(station.node, Stateful) and station.ledger.messages:
        call_stateful(station, station.node.flush, now_s)


def _carry_through(station: Station, now_s: float) -> None:
    """What waits in RAM before a node whose wires are cut leaves it by the wires it still has."""
    if station.handle is None or station.inbox is None or station.inbox.durable:
        return
    for messages, receipt in station.inbox.take_all():
        station.handle(station, messages, receipt, now_s)


def _commits_no_more(old: Station, new: Station | None, flow: Flow) -> bool:
    return old.name not in flow.nodes or (new is not None and new.committing is not old.committing)


def _take_over(station: Station, old: Station | None, saved: dict[str, state.Saved], was: str, now_s: float) -> None:
    committed = station.committing.take_saved() if station.committing is not None else None
    if old is None:
        state_of_it = committed or saved.pop(station.name, None) or saved.pop(was, None)
    else:
        state_of_it = committed or state.collect([old], now_s).get(old.name)
        on_disk = station.received  # what a spool that was just opened brings
        inherit(station, old)
        station.received += on_disk
    if station.inbox is not None:
        station.inbox.adopt(station)
    if station.committing is not None:
        station.committing.station = station
    if fault := state.restore(station, state_of_it, now_s):
        station.node.context.log.warning("starts without its former state: %s", fault)


def _move(queue: Queue | None, station: Station, now_s: float) -> None:
    """What waited before the old station waits before the new one, or passes it if it has no queue."""
    for messages, receipt in queue.take_all() if queue is not None else ():
        enter(station, messages, receipt, now_s)


async def discard(new: Mapping[str, Station], old: Mapping[str, Station]) -> None:
    """Close what stations have that will not run, and leave what they were to take over."""
    for id, station in new.items():
        former = old.get(id)
        if station.committing is not None and (former is None or station.committing is not former.committing):
            await station.committing.close()
        if station.inbox is not None and (former is None or station.inbox is not former.inbox):
            await station.inbox.close()
