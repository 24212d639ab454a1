"""What the runtime shows of itself to a node: `flowengine.node.Context`."""

from __future__ import annotations

import itertools
import logging
import random
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from flowengine.alarms import Alarms, Present, has_alarms
from flowengine.clock import Clock, SystemClock
from flowengine.context import Waiting
from flowengine.message import Message, Messages
from flowengine.node import Connection, HttpDoor, Sink, Source
from flowengine.runtime.orders import Orders
from flowengine.runtime.receipt import Receipt
from flowengine.runtime.route import fail, leave
from flowengine.runtime.station import Station
from flowengine.runtime.tracing import Tracer
from flowengine.runtime.turns import Turns
from flowengine.store import data_folder
from flowengine.store.rtdb import Rtdb

C = TypeVar("C", bound=Connection)


class NodeLog(logging.LoggerAdapter[logging.Logger]):
    """Puts the flow and the node in front of each line and beside it, for structured logs."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        extra = dict(self.extra or {})
        kwargs["extra"] = {**extra, **kwargs.get("extra", {})}
        return f"{extra.get('flow')}/{extra.get('node')}: {msg}", kwargs


def node_log(flow: str, node: str) -> NodeLog:
    """The log of one node or connection."""
    return NodeLog(logging.getLogger("flowengine.flow"), {"flow": flow, "node": node})


@dataclass
class Services:
    """What all flows of one engine share."""

    http: HttpDoor
    data_dir: Path
    clock: Clock = field(default_factory=SystemClock)
    rtdb: Rtdb = field(default_factory=Rtdb)
    random: random.Random = field(default_factory=random.Random)
    ids: Callable[[], int] | None = None
    programs: Mapping[str, Path] = field(default_factory=dict)
    python: Path | None = None
    stations: dict[str, Mapping[str, Station]] = field(default_factory=dict)
    """The stations of each flow that runs."""
    tracer: Tracer | None = None
    orders: Orders = field(default_factory=Orders)
    turns: Turns = field(default_factory=Turns)

    def __post_init__(self) -> None:
        # Starting at the time makes ids unique over restarts: no run makes more than 1e9 a second.
        self.next_id: Callable[[], int] = self.ids or itertools.count(self.clock.time_ns()).__next__
        self.alarms = Alarms(self._present_alarms)

    def _present_alarms(self) -> Iterator[Present]:
        for flow, stations in self.stations.items():
            for name, station in stations.items():
                if has_alarms(station.node):
                    yield from (Present(flow, name, row) for row in station.node.alarms())


class StationContext:
    """The context of the node in one station."""

    def __init__(self, station: Station, flow: str, services: Services, connections: Mapping[str, Connection]):
        self._station = station
        self._connections = connections
        self.flow = flow
        self.node = station.name
        self.clock = services.clock
        self.log = node_log(flow, station.name)
        self.random = services.random
        self.rtdb = services.rtdb
        self.alarms = services.alarms
        self.http = services.http
        self.next_id = services.next_id
        self.arrivals = station.arrivals.take
        self.programs = services.programs
        self.python = services.python
        self.data_dir = data_folder.of_node(services.data_dir, flow, station.name)
        self._stations = services.stations

    def connection(self, name: str, kind: type[C]) -> C:
        found = self._connections[name]
        if not isinstance(found, kind):
            raise TypeError(f"connection {name!r} is a {type(found).__name__}, not a {kind.__name__}")
        return found

    def count(self, reason: str, n: int = 1) -> None:
        self._station.counted[reason] += n

    def drop(self, reason: str, n: int = 1) -> None:
        self._station.drop(reason, n)
        if isinstance(self._station.node, Source):
            self._station.received += n
        else:
            # They were received already, and are counted as passed when the node is done with its input.
            self._station.passed -= n

    def reject(self, messages: Messages, reason: str, ack: Callable[[], None] | None = None) -> None:
        self._station.received += len(messages)
        fail(self._station, messages, reason, self._receipt(messages, ack), self.clock.now_s())

    def emit(self, messages: Messages, port: str = "out", ack: Callable[[], None] | None = None) -> None:
        leave(self._station, port, messages, self._receipt(messages, ack), self.clock.now_s())

    def answer_later(self, id: int) -> None:
        self._station.orders.hold(id)

    def answered(self, id: int, refused: str = "") -> None:
        if refused:
            self._station.orders.refused((Message(id=id),), refused)
        else:
            self._station.orders.settle(id)

    def waiting(self, node: str) -> Waiting | None:
        station = self._stations.get(self.flow, {}).get(node)
        if station is None:
            return None
        return (station.node.kept if isinstance(station.node, Sink) else None) or station.inbox

    def wake(self) -> None:
        if self._station.on_wake is not None:
            self._station.on_wake(self._station)

    def _receipt(self, messages: Messages, ack: Callable[[], None] | None) -> Receipt:
        return Receipt(ack, len(messages), born_s=self.clock.now_s()) if ack is not None else Receipt()
