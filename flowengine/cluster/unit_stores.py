"""Where a unit keeps what outlives it: on the wires of its cluster, and in its record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flowengine.clock import Clock
from flowengine.cluster.stages import Unit, partitions_of
from flowengine.cluster.wired import Intake, Outgoing
from flowengine.flow.model import Flow, NodeSpec
from flowengine.runtime.state import Saved, packed, unpacked
from flowengine.runtime.station import Queue, Station
from flowengine.store.jetstream.checkpoints import StreamCheckpoints
from flowengine.store.jetstream.client import JetStream
from flowengine.store.jetstream.log import WireLog
from flowengine.store.jetstream.units import Unit as Held
from flowengine.store.jetstream.units import token
from flowengine.store.jetstream.wire import Sender

STATES = "states"
"""Of the nodes that do not commit, in the record."""


@dataclass(frozen=True)
class Namespace:
    """Where a cluster keeps its things on the servers: everything has this prefix."""

    jetstream: JetStream
    prefix: str

    def stream(self, flow: str, node: str) -> str:
        """The wire before a node."""
        return f"{self.prefix}-{token(flow)}-{token(node)}"

    def subject(self, flow: str, node: str, partition: int) -> str:
        """Of one partition of it, without who sends."""
        return f"{self.prefix}.wire.{token(flow)}.{token(node)}.{partition}"

    async def make_wires(self, flow: str, specs: Iterable[NodeSpec]) -> None:
        """The wires before these nodes are there. Raises `OSError`."""
        for spec in specs:
            assert spec.durable is not None
            subjects = f"{self.prefix}.wire.{token(flow)}.{token(spec.id)}.>"
            await self.jetstream.stream(self.stream(flow, spec.id), subjects, max_bytes=spec.durable.max_bytes)


class UnitStates:
    """The `States` of one unit, in its record."""

    def __init__(self, jetstream: JetStream, held: Held):
        self._jetstream, self._held = jetstream, held

    def load(self) -> dict[str, Saved]:
        """What the last owner saved. Raises `OSError`, and ValueError for a damaged one."""
        found = self._jetstream.wait(self._held.load(STATES))
        return {} if found is None else unpacked(found)

    def save(self, saved: Mapping[str, Saved], time_ns: int, now_s: float) -> None:
        """Replace it. Raises `OSError`; the last one then stands."""
        self._jetstream.wait(self._held.store(STATES, packed(saved, time_ns, now_s)))


class UnitStores:
    """The `Stores` of one unit, for as long as it is held."""

    def __init__(self, place: Namespace, flow: Flow, unit: Unit, held: Held, clock: Clock):
        self._place, self._flow, self._unit, self._held, self._clock = place, flow, unit, held, clock
        self.logs: dict[str, WireLog] = {}

    async def make_wires(self) -> None:
        """All wires that the unit reads and writes are there. Raises `OSError`."""
        stage = self._unit.stage
        await self._place.make_wires(self._flow.name, [self._flow.nodes[id] for id in (*stage.heads, *stage.elsewhere)])

    async def queue(self, station: Station, pressed: list[Queue]) -> Intake:
        """This partition of the wire before a station, from where its last owner was."""
        assert station.spec.durable is not None
        flow, node = self._flow.name, station.name
        subjects = f"{self._place.subject(flow, node, self._unit.partition)}.>"
        limits = station.spec.durable
        log = WireLog(
            self._place.jetstream, self._place.stream(flow, node), subjects, self._held, node, limits.max_bytes
        )
        self.logs[node] = log
        return Intake(log, limits, station, pressed, self._clock)

    def checkpoints(self, node: str) -> StreamCheckpoints:
        """The commits of one node, in the record."""
        return StreamCheckpoints(self._place.jetstream, self._held, node)

    def states(self) -> UnitStates:
        """In the record."""
        return UnitStates(self._place.jetstream, self._held)

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """Nodes of other stages that this one sends to."""
        return self._unit.stage.elsewhere

    def way(self, station: Station, pressed: list[Queue]) -> Outgoing:
        """The wire to a node that another stage has."""
        node = station.name
        assert station.spec.durable is not None
        flow, stream = self._flow.name, self._place.stream(self._flow.name, node)
        senders = []
        for partition in range(partitions_of(station.spec)):
            subject = f"{self._place.subject(flow, node, partition)}.{token(self._unit.name)}"
            sender = Sender(self._place.jetstream, stream, subject, self._held.epoch, self._held.instance)
            sender.on_lost = self._held.lose
            senders.append(sender)
        exact = len(self._unit.stage.heads) == 1
        return Outgoing(senders, station.spec.durable, station, pressed, self._clock, exact)

    @property
    def position(self) -> int:
        """Up to which all is done, over all wires that come in."""
        return sum(log.position for log in self.logs.values())

    @property
    def lag(self) -> int:
        """About how many messages wait before it."""
        return sum(log.lag for log in self.logs.values())
