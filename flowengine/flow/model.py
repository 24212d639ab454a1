"""A flow as data: what a file says once its variables are filled in. Knows neither YAML nor asyncio."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flowengine.catalog.every_node import DedupeRule, QueueLimits, SpoolLimits
from flowengine.config import Config
from flowengine.connections import SessionName

ERROR = "error"
"""The port that `on_error:` wires."""


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One node of a flow. `wires` maps ports (and `error`) to node ids; `path` leads to it in the file."""

    id: str
    type: str
    options: Mapping[str, Any]
    wires: Mapping[str, tuple[str, ...]]
    path: tuple[str | int, ...]
    template: str = ""
    """The `for_each` node that this one is an instance of, and its name there."""

    each: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What the instance has of its own; for a subflow they are options."""

    file: str = ""
    title: str = ""
    note: str = ""
    disabled: bool = False
    was: str = ""
    queue: QueueLimits | None = None
    durable: SpoolLimits | None = None
    place: str = ""
    dedupe: DedupeRule | None = None
    guarantee: Literal["at_least_once"] | None = None
    config: Config | None = None

    @property
    def queued(self) -> bool:
        """Whether messages wait before this node, so that it may close a cycle."""
        return self.queue is not None or self.durable is not None

    def targets(self) -> Iterator[str]:
        """Ids of all nodes that this one is wired to."""
        for ids in self.wires.values():
            yield from ids


@dataclass(frozen=True, slots=True)
class ConnectionSpec:
    """One shared client of a flow."""

    name: str
    type: str
    options: Mapping[str, Any]
    config: Config | None = None
    session_name: SessionName | None = None
    """What the client's lasting sessions are called, where the flow may run on another machine tomorrow."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A whole flow. `tests` are left as the file has them for whoever runs them, `pages` but for their variables."""

    name: str
    title: str = ""
    nodes: Mapping[str, NodeSpec] = field(default_factory=dict)
    connections: Mapping[str, ConnectionSpec] = field(default_factory=dict)
    tests: tuple[Any, ...] = ()
    pages: Mapping[str, Any] = field(default_factory=dict)
    templates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Nodes with `for_each`, each with the names of its instances."""

    file: str = ""
    part_of: str = ""
    """Of what a worker runs of a flow of its cluster: the name of the whole."""

    parts: int = 1
    """In so many partitions, each with a part of the keys."""

    @property
    def whole(self) -> str:
        """The flow's name as people know it."""
        return self.part_of or self.name
