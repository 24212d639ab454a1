"""What each path of a flow promises, where it can lose what, and whether that is what the flow asks for."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from flowengine.catalog import Catalog
from flowengine.catalog.fields import connection_fields
from flowengine.flow.model import ERROR, Flow, NodeSpec
from flowengine.node import Node, Sink, Source, Stateful

MOST_PATHS, MOST_STEPS = 10_000, 20_000_000
MOST_KEPT = 1_000_000
"""Nodes and losses of all paths together."""
MOST_TOLD, MOST_SHOWN = 200, 20
Report = Callable[..., None]


@dataclass(frozen=True)
class Path:
    """One way from a source to an end; `losses` say where messages can be lost and which."""

    nodes: tuple[str, ...]
    losses: tuple[str, ...]
    acknowledged: str = ""
    """When the source's message is acknowledged; empty where it cannot be."""

    notes: tuple[str, ...] = ()
    """What loses nothing and may yet surprise."""

    @property
    def at_least_once(self) -> bool:
        """Whether nothing that entered can be lost."""
        return not self.losses

    def lines(self) -> Iterator[str]:
        """For people."""
        yield " -> ".join(self.nodes)
        yield f"  {'at least once' if self.at_least_once else 'may lose messages'}; {self.acknowledged}"
        yield from (f"  loses: {loss}" for loss in self.losses)
        yield from (f"  note: {note}" for note in self.notes)


@dataclass
class Guarantees:
    """Walks a flow from every source; error wires are left out, since what they carry is reported already."""

    flow: Flow
    catalog: Catalog
    _found: list[Path] = field(default_factory=list)
    _steps: int = 0
    _kept: int = 0

    def paths(self) -> list[Path]:
        """Every path, at most `MOST_PATHS` and as many as `MOST_STEPS` lead through."""
        for spec in self.flow.nodes.values():
            if self._is_source(spec) and not spec.disabled:
                self._walk(spec)
        return self._found

    def _is_source(self, spec: NodeSpec) -> bool:
        return spec.config is not None and issubclass(self.catalog.node(spec.type), Source)

    def _walk(self, start: NodeSpec) -> None:
        ways: list[tuple[NodeSpec, tuple[str, ...], tuple[str, ...]]] = [(start, (), ())]
        while ways and len(self._found) < MOST_PATHS and self._steps < MOST_STEPS and self._kept < MOST_KEPT:
            spec, before, losses = ways.pop()
            losses = (*losses, *self._losses(spec, before))
            nodes = (*before, spec.id)
            self._steps += len(nodes)
            onward = [
                self.flow.nodes[id]
                for port, ids in spec.wires.items()
                if port != ERROR
                for id in ids
                if id in self.flow.nodes and id not in nodes
            ]
            if not onward:
                self._kept += len(nodes) + len(losses)
                self._found.append(Path(nodes, losses, self._acknowledged(nodes), tuple(self._notes(nodes))))
            ways += [(following, nodes, losses) for following in reversed(onward)]

    def _losses(self, spec: NodeSpec, before: tuple[str, ...]) -> Iterator[str]:
        if spec.disabled:
            yield f"{spec.id} is disabled: everything that reaches it is dropped and counted"
        if spec.durable is not None and spec.durable.when_full != "block":
            yield f"{spec.id}: when its spool is full, {_policy(spec.durable.when_full)}"
        elif spec.queue is not None and spec.queue.when_full != "block":
            yield f"{spec.id}: when its queue is full, {_policy(spec.queue.when_full)}"
        if spec.config is None:
            return
        kind = self.catalog.node(spec.type)
        if issubclass(kind, Source) and not kind.repeats(spec.config):
            spooled = [id for id in self._next(spec) if self.flow.nodes[id].durable]
            window = "the last milliseconds before the disk has them" if spooled else "whatever is on its way"
            yield f"{spec.id} cannot ask for a message again: {window} is lost when the machine stops"
        if issubclass(kind, Stateful) and kind.durable_state and kind.absorbs and not commits_state(spec, kind):
            yield (
                f"{spec.id} keeps state, not messages: a kill forgets what it saw in the last second, "
                "and what it gave out that is not yet delivered or on disk. `durable: true` on it avoids that"
            )
        if issubclass(kind, Sink) and not kind.confirms(spec.config):
            yield f"{spec.id} sends without confirmation: what is under way can be lost"

    def _notes(self, nodes: tuple[str, ...]) -> Iterator[str]:
        source = self.flow.nodes[nodes[0]]
        if source.config is None or not self.catalog.node(source.type).repeats(source.config):  # type: ignore[attr-defined]
            return
        if all(self.flow.nodes[id].durable is None for id in nodes):
            yield from self._waits(source, nodes[-1])
        for id in nodes[1:]:
            spec = self.flow.nodes[id]
            if spec.durable is not None:
                return
            kind = self.catalog.node(spec.type) if spec.config is not None else None
            if kind is not None and issubclass(kind, Stateful) and kind.holds:
                yield (
                    f"{id} keeps messages unacknowledged; a broker that allows fewer than it gathers "
                    "(mosquitto: max_inflight_messages 20) makes the first batch wait for its timer; the window is "
                    "then known, and batches are no larger than it. `durable: true` avoids it"
                )

    def _waits(self, source: NodeSpec, sink: str) -> Iterator[str]:
        """Who waits while this sink is away."""
        sessions = self._sessions(source)
        inputs = [id for id, spec in self.flow.nodes.items() if id != source.id and sessions & self._sessions(spec)]
        inputs = [id for id in inputs if self._is_source(self.flow.nodes[id])]
        others = f", and behind it {', '.join(inputs)} of the same session" if inputs else ""
        yield f"while {sink} is away, {source.id} waits{others}; `durable: true` on {sink} lets them go on"

    def _sessions(self, spec: NodeSpec) -> set[str]:
        """Connections of a node whose acknowledgements have one order."""
        named = {str(spec.options.get(name)) for name in connection_fields(type(spec.config))} if spec.config else set()
        kinds = {name: self.flow.connections[name].type for name in named if name in self.flow.connections}
        return {name for name, kind in kinds.items() if self.catalog.connection(kind).one_a_flow}

    def _next(self, spec: NodeSpec) -> list[str]:
        return [id for id in spec.targets() if id in self.flow.nodes]

    def _acknowledged(self, nodes: tuple[str, ...]) -> str:
        source = self.flow.nodes[nodes[0]]
        if source.config is None or not self.catalog.node(source.type).repeats(source.config):  # type: ignore[attr-defined]
            return f"{nodes[0]} has nobody to acknowledge to"
        for id in nodes[1:]:
            if self.flow.nodes[id].durable is not None:
                return f"acknowledged when it is on disk before {id}"
        return f"acknowledged when {nodes[-1]} is done with it"


def commits_state(spec: NodeSpec, kind: type[Node]) -> bool:
    """Whether a node's state is committed with its position: it takes all from a spool, in order, holding none back."""
    kept = issubclass(kind, Stateful) and kind.durable_state and kind.absorbs and not kind.holds
    return kept and not spec.disabled and spec.durable is not None and not spec.durable.live_first


def check_guarantees(flow: Flow, catalog: Catalog, report: Report) -> None:
    """Report every node that asks for `guarantee: at_least_once` and cannot have it."""
    wanted = {id for id, spec in flow.nodes.items() if spec.guarantee == "at_least_once"}
    if not wanted:
        return
    left = MOST_TOLD
    for path in Guarantees(flow, catalog).paths():
        shown = " -> ".join(path.nodes if len(path.nodes) <= MOST_SHOWN else [*path.nodes[: MOST_SHOWN - 1], "…"])
        for id, loss in itertools.product(filter(wanted.__contains__, path.nodes), path.losses):
            report((*flow.nodes[id].path, "guarantee"), f"at_least_once cannot be had on {shown}: {loss}")
            left -= 1
            if not left:
                return


def _policy(when_full: str) -> str:
    return "the oldest are dropped and counted" if when_full == "drop_oldest" else "new ones are dropped and counted"
