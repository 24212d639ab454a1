"""Puts single messages into a running flow from outside: tests, replays, buttons, dead letters."""

from __future__ import annotations

from collections.abc import Callable

from flowengine.flow.places import internal
from flowengine.message import Message
from flowengine.node import Source
from flowengine.parts import room_us
from flowengine.runtime.context import Services
from flowengine.runtime.flow import FlowRuntime
from flowengine.runtime.receipt import Receipt
from flowengine.runtime.route import leave, visit
from flowengine.runtime.taps import is_end


class Full(Exception):
    """The queue before the node is full."""


def inject(
    runtime: FlowRuntime,
    services: Services,
    node: str,
    message: Message,
    port: str = "",
    ack: Callable[[], None] | None = None,
) -> int:
    """The id of the message, its own or a new one. It enters the node; from a source, or with `port`, it leaves it.

    `ack` runs once, when all that came of it is settled.
    Raises KeyError for an unknown node or port, `Full` where a queue has no room.
    """
    station = runtime.stations[_now_called(runtime, internal(node))]
    source = isinstance(station.node, Source)
    if port and port not in (*station.wires, *type(station.node).outputs, "error"):
        raise KeyError(port)
    if not (source or port) and station.inbox is not None and station.inbox.full:
        raise Full
    if not message.id:  # what comes again, such as a dead letter, keeps its id and times: an upsert then stays harmless
        arrived_ns = station.arrivals.with_room(room_us(message.payload))
        message = message.replace(id=services.next_id(), arrived_ns=arrived_ns, time_ns=message.time_ns or arrived_ns)
    now_s = services.clock.now_s()
    receipt = Receipt(ack, born_s=now_s) if ack is not None else Receipt()
    runtime.pressure.begin()
    if source or port:
        station.received += source
        station.passed += source
        leave(station, port or "out", (message,), receipt, now_s)
    else:
        if station.tap is not None and is_end(station):
            station.tap("in", (message,))
        visit(station, (message,), receipt, now_s)
    runtime.pressure.take()
    return message.id


def _now_called(runtime: FlowRuntime, node: str) -> str:
    """The node's name; of one that was renamed, such as that of an older dead letter, the new one."""
    if node in runtime.stations:
        return node
    return next((id for id, station in runtime.stations.items() if station.spec.was == node), node)
