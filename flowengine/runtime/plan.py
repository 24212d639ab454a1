"""What a deploy will do, before it does it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flowengine.catalog.fields import connection_fields
from flowengine.counts import count_of
from flowengine.flow.model import Flow, NodeSpec


@dataclass(frozen=True, slots=True)
class Plan:
    """Ids of nodes by what happens to them; a rewired node keeps running."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: Mapping[str, str] = ()  # type: ignore[assignment]
    """Restarted nodes, each with the reason."""

    renamed: Mapping[str, str] = ()  # type: ignore[assignment]
    """New ids with the old ones; such a node restarts with all that it had."""

    rewired: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    connections: tuple[str, ...] = ()
    """Connections that are opened or closed."""

    @property
    def nothing(self) -> bool:
        """Whether what runs is what is wanted."""
        return not (self.added or self.removed or self.changed or self.renamed or self.rewired or self.connections)

    def lines(self) -> Iterable[str]:
        """The plan for people, one node a line."""
        yield from (f"+ {name}: starts" for name in self.added)
        yield from (f"- {name}: stops" for name in self.removed)
        yield from (f"~ {name}: restarts ({reason})" for name, reason in self.changed.items())
        yield from (
            f"~ {name}: renamed, was {old}; keeps its state and what waits" for name, old in dict(self.renamed).items()
        )
        yield from (f"> {name}: gets other wires, keeps running" for name in self.rewired)
        yield from (f"= connection {name}: opened anew or closed" for name in self.connections)
        yield f"  {count_of(len(self.kept), 'node is', 'nodes are')} not touched"


def plan(old: Flow, new: Flow) -> Plan:
    """What changes when `new` replaces `old`."""
    connections = tuple(
        name
        for name in sorted({*old.connections, *new.connections})
        if _connection(old, name) != _connection(new, name)
    )
    both = [id for id in new.nodes if id in old.nodes]
    changed = {id: reason for id in both if (reason := _difference(old.nodes[id], new.nodes[id], connections))}
    renamed = {
        id: spec.was
        for id, spec in new.nodes.items()
        if spec.was in old.nodes and id not in old.nodes and spec.was not in new.nodes
    }
    rewired = tuple(id for id in both if id not in changed and old.nodes[id].wires != new.nodes[id].wires)
    return Plan(
        added=tuple(id for id in new.nodes if id not in old.nodes and id not in renamed),
        removed=tuple(id for id in old.nodes if id not in new.nodes and id not in renamed.values()),
        renamed=renamed,
        changed=changed,
        rewired=rewired,
        kept=tuple(id for id in both if id not in changed and id not in rewired),
        connections=connections,
    )


def _connection(flow: Flow, name: str) -> Any:
    spec = flow.connections.get(name)
    return spec and (spec.type, dict(spec.options))


def _difference(old: NodeSpec, new: NodeSpec, connections: Iterable[str]) -> str:
    """Why a node must restart; empty when it need not."""
    if old.type != new.type:
        return f"type was {old.type}"
    if old.disabled != new.disabled:
        return "disabled" if new.disabled else "enabled"
    options = [key for key in {*old.options, *new.options} if old.options.get(key) != new.options.get(key)]
    if options:
        return f"{', '.join(sorted(options))} changed"
    if (old.queue, old.durable, old.dedupe) != (new.queue, new.durable, new.dedupe):
        return "its queue changed"
    if new.config is not None:
        used = [new.options.get(name) for name in connection_fields(type(new.config))]
        touched = [str(name) for name in used if str(name) in tuple(connections)]
        if touched:
            return f"connection {', '.join(touched)} changed"
    return ""
