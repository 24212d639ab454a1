"""A flow as data: what a file says once its variables are filled in. Knows neither YAML nor asyncio."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flowengine.config import Config, Policy

ERROR = "error"
"""The port that `on_error:` wires."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The bounded queue before a node: both limits hold, `when_full` says what gives."""

    count: int = 10_000
    max_bytes: int = 64 * 2**20
    when_full: Policy = "block"


@dataclass(frozen=True, slots=True)
class Durable:
    """The spool on disk before a node."""

    max_bytes: int = 2**30
    when_full: Policy = "block"
    live_first: bool = False
    rate: float = 0.0
    """Most records a second that leave; 0 for no limit."""

    slower: Mapping[int, float] = field(default_factory=dict)
    """While more records than this wait, the rate is divided by that."""

    keep_s: float = 0.0
    """Records that waited longer are dropped when their turn comes; 0 keeps them."""


@dataclass(frozen=True, slots=True)
class Dedupe:
    """Messages with a `key` seen within `window_s` are dropped."""

    key: Any
    window_s: float


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One node of a flow. `wires` maps ports (and `error`) to node ids; `path` leads to it in the file."""

    id: str
    type: str
    options: Mapping[str, Any]
    wires: Mapping[str, tuple[str, ...]]
    path: tuple[str | int, ...]
    file: str = ""
    title: str = ""
    note: str = ""
    disabled: bool = False
    queue: Queue | None = None
    durable: Durable | None = None
    dedupe: Dedupe | None = None
    guarantee: Literal["", "at_least_once"] = ""
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


@dataclass(frozen=True, slots=True)
class Flow:
    """A whole flow. `tests` are left as the file has them for whoever runs them, `pages` but for their variables."""

    name: str
    title: str = ""
    nodes: Mapping[str, NodeSpec] = field(default_factory=dict)
    connections: Mapping[str, ConnectionSpec] = field(default_factory=dict)
    tests: tuple[Any, ...] = ()
    pages: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""
