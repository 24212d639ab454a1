"""A flow as its whole cluster runs it: the view of one, its counters summed over the workers that have a part of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from flowengine.catalog.every_node import QueueLimits, SpoolLimits
from flowengine.cluster.stages import Unit
from flowengine.flow.model import Flow, NodeSpec
from flowengine.node import Connection
from flowengine.runtime.view import FlowView, NodeView, OutletView

STATES = ("failed", "retrying", "starting", "running", "stopped", "disabled")
"""The first of them that any part is in is that of the whole."""

NOBODY = "no worker runs it now"


class QueueNow(msgspec.Struct, array_like=True):
    """What waits before a part of a node."""

    messages: int = 0
    size_bytes: int = 0
    depth: int = 0
    limit: int = 0
    full: bool = False
    durable: bool = False


class NodeNow(msgspec.Struct, array_like=True):
    """A part of a node, on one worker, as it is now."""

    state: str = "running"
    reason: str = ""
    last_error: str = ""
    held_up: str = ""
    received: int = 0
    passed: int = 0
    sent: int = 0
    errored: int = 0
    held: int = 0
    balance: int = 0
    busy_s: float = 0.0
    dropped: dict[str, int] = {}
    counted: dict[str, int] = {}
    errors: dict[str, int] = {}
    wires: dict[str, dict[str, int]] = {}
    """Messages that passed, by port and target."""

    queue: QueueNow | None = None
    is_source: bool = False
    is_sink: bool = False


def now_of(station: NodeView) -> NodeNow:
    """What this process knows of a node."""
    queue = station.inbox
    return NodeNow(
        station.state, station.reason, station.last_error, station.held_up, station.received, station.passed,
        station.sent, station.errored, station.held, station.balance, station.busy_s, dict(station.dropped),
        dict(station.counted), dict(station.errors),
        {port: {wire.target.name: wire.count for wire in wires} for port, wires in station.wires.items()},
        None if queue is None else QueueNow(queue.messages, queue.size_bytes, *queue.fill, queue.full, queue.durable),
        station.is_source, station.is_sink,
    )  # fmt: skip


class WholeQueue:
    """What waits before a node, on all workers together."""

    spool = None
    """Of a wire of a cluster nothing lies on a disk here."""

    def __init__(self, node: WholeNode):
        self._node = node

    @property
    def _parts(self) -> Iterable[QueueNow]:
        return [part.queue for part in self._node.parts if part.queue is not None]

    @property
    def messages(self) -> int:
        """How many wait."""
        return sum(part.messages for part in self._parts)

    @property
    def size_bytes(self) -> int:
        """About how many bytes wait."""
        return sum(part.size_bytes for part in self._parts)

    @property
    def fill(self) -> tuple[int, int]:
        """How much of all bounds is taken, and the bounds."""
        return sum(part.depth for part in self._parts), sum(part.limit for part in self._parts)

    @property
    def full(self) -> bool:
        """Whether one of them is."""
        return any(part.full for part in self._parts)

    @property
    def durable(self) -> bool:
        """Whether it is kept."""
        return any(part.durable for part in self._parts)

    @property
    def limits(self) -> QueueLimits | SpoolLimits:
        """As the flow says."""
        spec = self._node.spec
        return spec.durable or spec.queue or QueueLimits()


class WholeWire:
    """From a port to a node, on all workers together."""

    def __init__(self, source: WholeNode, port: str, target: WholeNode):
        self._source, self.port, self.target = source, port, target

    @property
    def count(self) -> int:
        """Messages that passed."""
        name = self.target.name
        return sum(part.wires.get(self.port, {}).get(name, 0) for part in self._source.parts)


class _Sum:
    """A counter of a node: the sum over its parts."""

    def __init__(self, name: str):
        self._name = name

    def __get__(self, node: WholeNode, owner: type[WholeNode]) -> Any:
        return sum(getattr(part, self._name) for part in node.parts)


class _Counts:
    """Counters of a node by reason: the sums over its parts."""

    def __init__(self, name: str):
        self._name = name

    def __get__(self, node: WholeNode, owner: type[WholeNode]) -> Mapping[str, int]:
        counts: Counter[str] = Counter()
        for part in node.parts:
            counts.update(getattr(part, self._name))
        return counts


class WholeNode:
    """One node, on all workers together; `parts` are what is known of each, `here` what runs in this process."""

    write_since_s: float | None = None
    balance = 0
    """A message is accounted for by the worker that has it."""

    def __init__(self, spec: NodeSpec):
        self.name, self.spec = spec.id, spec
        self.parts: list[NodeNow] = []
        self.here: list[NodeView] = []
        self.wires: dict[str, tuple[WholeWire, ...]] = {}
        self._queue = WholeQueue(self)

    @property
    def node(self) -> Any:
        """The node itself where all of it runs in this process."""
        return self.here[0].node if len(self.here) == len(self.parts) == 1 else None

    @property
    def is_source(self) -> bool:
        """Whether it brings messages in."""
        return any(part.is_source for part in self.parts)

    @property
    def is_sink(self) -> bool:
        """Whether it takes messages out."""
        return any(part.is_sink for part in self.parts)

    @property
    def inbox(self) -> WholeQueue | None:
        """What waits before it."""
        return self._queue if any(part.queue is not None for part in self.parts) else None

    @property
    def state(self) -> str:
        """The worst of its parts'."""
        there = {part.state for part in self.parts}
        return next((state for state in STATES if state in there), "starting")

    @property
    def reason(self) -> str:
        """Why it is in that state."""
        state = self.state
        return next((part.reason for part in self.parts if part.state == state), NOBODY)

    @property
    def last_error(self) -> str:
        """Of the first part that has one."""
        return next((part.last_error for part in self.parts if part.last_error), "")

    @property
    def held_up(self) -> str:
        """Of the first part that is."""
        return next((part.held_up for part in self.parts if part.held_up), "")

    received, passed, sent, errored = _Sum("received"), _Sum("passed"), _Sum("sent"), _Sum("errored")
    held, busy_s = _Sum("held"), _Sum("busy_s")
    dropped, counted, errors = _Counts("dropped"), _Counts("counted"), _Counts("errors")


class WholeFlow:
    """A deployed flow; `see` says anew what its workers tell of it."""

    def __init__(self, flow: Flow, units: Mapping[str, Unit]):
        self.flow = flow
        self._units = {name: unit.stage.nodes for name, unit in units.items()}
        self.nodes = {id: WholeNode(spec) for id, spec in flow.nodes.items()}
        for node in self.nodes.values():
            for port, targets in node.spec.wires.items():
                node.wires[port] = tuple(WholeWire(node, port, self.nodes[target]) for target in targets)
        self.connections: dict[str, Connection] = {}
        self.outlets: dict[str, OutletView] = {}

    @property
    def stations(self) -> Mapping[str, NodeView]:
        """Its nodes by id."""
        return self.nodes

    def see(self, here: Mapping[str, FlowView], there: Mapping[str, Mapping[str, NodeNow]]) -> None:
        """Units that run in this process, and what is known of others', by the unit's name."""
        self.connections, self.outlets = {}, {}
        for node in self.nodes.values():
            node.parts, node.here = [], []
        for unit, ids in self._units.items():
            runtime = here.get(unit)
            if runtime is not None:
                self.connections.update(runtime.connections)
                self.outlets.update(runtime.outlets)
            for id in ids:
                station = runtime.stations.get(id) if runtime is not None else None
                if station is not None:
                    self.nodes[id].here.append(station)
                    self.nodes[id].parts.append(now_of(station))
                elif (part := there.get(unit, {}).get(id)) is not None:
                    self.nodes[id].parts.append(part)
