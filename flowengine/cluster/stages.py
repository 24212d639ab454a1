"""Cuts a flow into stages at its durable wires. Pure.

What lies between two cuts runs in one process, by the plain calls of one machine. A stage is called by the durable
node at its head, else by its first node.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from flowengine.catalog.fields import connection_fields
from flowengine.connections import SessionName
from flowengine.errors import FlowError
from flowengine.flow.model import Flow, NodeSpec


class CannotCut(FlowError):
    """The flow cannot run in a cluster; says why."""


@dataclass(frozen=True)
class Stage:
    """`nodes` run here; what they send to `elsewhere` goes along a wire. Each of `heads` begins one."""

    flow: str
    name: str
    nodes: tuple[str, ...]
    heads: tuple[str, ...]
    elsewhere: tuple[str, ...]
    partitions: int = 1
    place: str = ""

    def units(self) -> Iterator[Unit]:
        """What one worker each has."""
        for partition in range(self.partitions):
            yield Unit(self, partition)


@dataclass(frozen=True)
class Unit:
    """One partition of a stage."""

    stage: Stage
    partition: int

    @property
    def name(self) -> str:
        """Of its record and of the flow that runs for it."""
        return f"{self.stage.flow}.{self.stage.name}.{self.partition}"


def stages_of(flow: Flow) -> list[Stage]:
    """The stages, in the order of the file. Raises `CannotCut`."""
    root = {id: id for id in flow.nodes}

    def find(id: str) -> str:
        while root[id] != id:
            id = root[id]
        return id

    for id, spec in flow.nodes.items():
        for target in spec.targets():
            if flow.nodes[target].durable is None:
                root[find(target)] = find(id)
    groups: dict[str, list[str]] = {}
    for id in flow.nodes:
        groups.setdefault(find(id), []).append(id)
    return [_stage(flow, tuple(nodes)) for nodes in groups.values()]


def _stage(flow: Flow, nodes: tuple[str, ...]) -> Stage:
    heads = tuple(id for id in nodes if flow.nodes[id].durable is not None)
    targets = dict.fromkeys(target for id in nodes for target in flow.nodes[id].targets())
    elsewhere = tuple(id for id in targets if flow.nodes[id].durable is not None)
    if circle := [id for id in elsewhere if id in heads]:
        raise CannotCut(f"{flow.name}: {circle[0]} is fed by what comes of it, which a cluster cannot cut")
    partitions = {partitions_of(flow.nodes[id]) for id in heads} or {1}
    if len(partitions) > 1:
        raise CannotCut(f"{flow.name}: {' and '.join(heads)} meet in one stage and need as many partitions each")
    beginning = [id for id in nodes if id not in heads and _is_fed_by_none(flow, id)]
    if heads and beginning and partitions != {1}:
        raise CannotCut(
            f"{flow.name}: {beginning[0]} begins in the stage of {heads[0]}, which runs in several partitions; "
            "put a durable wire between them"
        )
    places = {place for id in nodes if (place := flow.nodes[id].place)}
    if len(places) > 1:
        raise CannotCut(f"{flow.name}: {' and '.join(sorted(places))} are two places for one stage")
    return Stage(flow.name, (heads or nodes)[0], nodes, heads, elsewhere, partitions.pop(), "".join(places))


def partitions_of(spec: NodeSpec) -> int:
    """In how many parts what stands before a durable node is kept."""
    return spec.durable.partitions if spec.durable is not None else 1


def _is_fed_by_none(flow: Flow, id: str) -> bool:
    return not any(id in spec.targets() for spec in flow.nodes.values())


def flow_of(flow: Flow, unit: Unit, cluster: str) -> Flow:
    """What a worker of this cluster runs for a unit; nodes that run elsewhere stand in it with nothing behind them."""
    here: Mapping[str, NodeSpec] = {id: flow.nodes[id] for id in unit.stage.nodes}
    there = {id: replace(flow.nodes[id], wires={}) for id in unit.stage.elsewhere}
    used = {name for spec in here.values() for name in _connections(spec)}
    connections = {
        name: replace(each, session_name=_session_name(flow, unit, name, cluster))
        for name, each in flow.connections.items()
        if name in used
    }
    return replace(
        flow, name=unit.name, part_of=flow.name, parts=unit.stage.partitions, file=unit.stage.flow,
        nodes={**here, **there}, connections=connections,
        templates={}, tests=(), pages={},
    )  # fmt: skip


def _session_name(flow: Flow, unit: Unit, connection: str, cluster: str) -> SessionName:
    """One session has one unit; a name that is chosen is used as it is where one unit alone has the connection."""
    part = f"{unit.stage.name}-{unit.partition}"
    users = [id for id, spec in flow.nodes.items() if connection in _connections(spec)]
    is_shared = unit.stage.partitions > 1 or any(id not in unit.stage.nodes for id in users)
    return SessionName(f"{cluster}-{flow.name}-{connection}-{part}", part if is_shared else "")


def _connections(spec: NodeSpec) -> Iterator[str]:
    """Those that a node names; a client that another stage needs is opened there alone."""
    for field in connection_fields(type(spec.config)) if spec.config is not None else ():
        yield str(spec.options.get(field))
