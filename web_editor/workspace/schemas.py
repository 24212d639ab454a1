"""Shapes of flows in answers, as docs/api.md has them. No behaviour."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from flowengine.flow.problem import Code, Severity
from flowengine.node import Category

Path = list[str | int]
Struct = msgspec.Struct


class Place(Struct):
    """Line and column, from 1."""

    line: int
    column: int


class Range(Struct):
    """`end` is exclusive."""

    start: Place
    end: Place


class Diagnostic(Struct):
    """What is wrong with a text, and where."""

    severity: Severity
    message: str
    code: Code
    node: str | None
    path: Path
    range: Range | None


class Position(Struct):
    """Where a person put a node."""

    x: float
    y: float


class GraphNode(Struct):
    """A node on the canvas."""

    id: str
    type: str
    category: Category
    title: str | None
    known: bool
    config: dict[str, Any]
    ports: list[str]
    input: bool
    error_port: bool
    subflow: str | None
    queue: bool
    range: Range
    yaml: str
    """As it is written, alone and at the margin: what a copy of it holds."""
    position: Position | None
    count: int | None = None
    """Nodes that its `for_each` makes; null for a node of its own."""


class Wire(Struct, kw_only=True):
    """A wire on the canvas; `inherited`: by the flow's own `on_error`, since the node names none."""

    id: str
    from_: str = msgspec.field(name="from")
    port: str
    to: str
    inherited: bool


class GraphConnection(Struct):
    """A shared client."""

    id: str
    type: str
    config: dict[str, Any]
    range: Range
    yaml: str
    used_by: list[str]


class Graph(Struct):
    """A flow as a drawing."""

    nodes: list[GraphNode]
    wires: list[Wire]
    connections: list[GraphConnection]
    inputs: list[str]
    outputs: list[str]
    pages: list[str]


class Recipe(Struct):
    """A flow of the cookbook to start from; `summary` is one sentence."""

    name: str
    title: str
    summary: str
    graph: Graph | None


class Checked(Struct):
    """What a text would be."""

    diagnostics: list[Diagnostic]
    graph: Graph | None


class FlowSummary(Struct):
    """A flow in a list."""

    id: str
    title: str
    etag: str
    dirty: bool
    file_changed: bool
    running: bool
    revision: str | None
    errors: int
    warnings: int
    nodes: int
    author: str | None
    changed_ms: float
    folder: str


class FoundNode(Struct):
    """A node among those of all flows; `text` has its settings, one a line, cut at 2,000 characters."""

    flow: str
    id: str
    type: str
    category: Category
    title: str | None
    connections: list[str]
    disabled: bool
    fault: Literal["error", "warning"] | None
    text: str


class Flow(FlowSummary):
    """A flow with its text."""

    text: str
    diagnostics: list[Diagnostic]
    graph: Graph | None
    file_text: str | UnsetType = UNSET
    renamed: dict[str, str] | UnsetType = UNSET


class Restart(Struct):
    """A node that a deploy restarts."""

    node: str
    why: str
    gives_up: str | None


class Plan(Struct):
    """What a deploy does."""

    add: list[str]
    remove: list[str]
    restart: list[Restart]
    keep: int
    connections: list[str]


class Diff(Struct):
    """Two texts and what lies between them."""

    etag: str
    from_: str = msgspec.field(name="from")
    to: str
    plan: Plan
    diagnostics: list[Diagnostic]


class Deployed(Struct):
    """What a deploy did."""

    revision: str
    etag: str
    plan: Plan
    took_ms: float


class Revision(Struct):
    """A deployed text."""

    revision: str
    etag: str
    author: str
    at_ms: float
    comment: str
    running: bool


class RevisionText(Revision):
    """A deployed text, with the text."""

    text: str


class Conflict(Struct):
    """A part that both sides changed, as YAML; null where it is gone. `value` is what `mine` says."""

    path: Path
    base: str | None
    mine: str | None
    theirs: str | None
    value: Any


class Merged(Struct):
    """Three texts made one."""

    text: str
    clean: bool
    conflicts: list[Conflict]
