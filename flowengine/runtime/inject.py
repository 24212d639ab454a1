"""Puts single messages into a running flow from outside: tests, replays, buttons, dead letters."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Literal, NamedTuple

from flowengine.flow.places import internal, public
from flowengine.message import Message
from flowengine.node import Sink, Source
from flowengine.parts import room_us
from flowengine.runtime.context import Services
from flowengine.runtime.flow import FlowRuntime
from flowengine.runtime.orders import away_from
from flowengine.runtime.receipt import Receipt
from flowengine.runtime.route import leave, visit
from flowengine.runtime.station import Station
from flowengine.runtime.taps import is_end

TRY_S = 1.0
"""So long an order that is on disk waits for the first try to deliver it."""


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
    # What comes again, such as a dead letter, keeps its id and times: an upsert then stays harmless.
    if not message.arrived_ns:
        arrived_ns = station.arrivals.with_room(room_us(message.payload))
        message = message.replace(arrived_ns=arrived_ns, time_ns=message.time_ns or arrived_ns)
    if not message.id:
        message = message.replace(id=services.next_id())
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


class Outcome(NamedTuple):
    """What became of an order; `reason` says why it was refused, or what it waits for if that is known."""

    id: int
    state: Literal["sent", "waiting", "refused"]
    reason: str


async def order(
    runtime: FlowRuntime, services: Services, nodes: Sequence[str], message: Message, at_most_s: float
) -> Outcome:
    """What became of a message that somebody gave to `nodes`; still `waiting` after `at_most_s`, or for what is away.

    It is refused as soon as one node refuses it, or when none took it; sent when all that came of it is settled.
    Raises as `inject`.
    """
    id, news = services.next_id(), asyncio.Event()
    with services.orders.follow(id, len(nodes), news.set) as given:
        for node in nodes:
            inject(runtime, services, node, message.replace(id=id), ack=given.settle)
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await _until(lambda: given.refused or not given.holders, news)
                await _tried(given.kept, news)
    if given.refused:
        return Outcome(id, "refused", given.refused)
    if given.dropped and not (given.taken or given.holders):
        return Outcome(id, "refused", f"dropped by {public(given.dropped)}")
    where = given.kept if not given.holders else [runtime.stations[_now_called(runtime, internal(n))] for n in nodes]
    reason = away_from(where, runtime.connections)
    return Outcome(id, "waiting" if given.holders or reason else "sent", reason)


async def _until(is_so: Callable[[], object], news: asyncio.Event) -> None:
    while not is_so():
        news.clear()
        await news.wait()


async def _tried(kept: Sequence[Station], news: asyncio.Event) -> None:
    """Return when the sinks with these queues on disk have written, or found what they write to away."""
    sinks = [station for station in kept if isinstance(station.node, Sink)]
    with suppress(TimeoutError):
        async with asyncio.timeout(TRY_S):
            await _until(lambda: all(not each.held or each.state == "retrying" for each in sinks), news)


def _now_called(runtime: FlowRuntime, node: str) -> str:
    """The node's name; of one that was renamed, such as that of an older dead letter, the new one."""
    if node in runtime.stations:
        return node
    return next((id for id, station in runtime.stations.items() if station.spec.was == node), node)
