"""Subflows: a flow file with `inputs:` and `outputs:`, used as a node type. Expands them into their nodes.

An instance `press` of a subflow with a node `clean` becomes the node `press.clean`; its options are
the subflow's `vars`. Connections of the subflow are looked up in the flow that uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from flowengine.catalog import Catalog
from flowengine.counts import count_of
from flowengine.flow.document import Document
from flowengine.flow.each import MOST_NODES
from flowengine.flow.model import ERROR, Flow, NodeSpec
from flowengine.flow.outside import Path
from flowengine.flow.parse import Parsed, Parser
from flowengine.flow.places import internal
from flowengine.flow.problem import Problem
from flowengine.flow.variables import Variables
from flowengine.flow.wires import end_of, leaves, places_of

DEPTH = 8


class Library(Protocol):
    """Where subflows come from."""

    def get(self, name: str) -> tuple[str, bytes] | None:
        """File name and text of the subflow of that name, or None."""

    def beside(self, name: str) -> bytes | None:
        """The content of a file beside the flow, or None. Raises ValueError for one that is too large."""


class Documents:
    """The subflows of one library, each read once."""

    def __init__(self, library: Library):
        self._library = library
        self._read: dict[str, Document | None] = {}

    def get(self, name: str) -> Document | None:
        """The subflow of that name, or None."""
        if name not in self._read:
            found = self._library.get(name)
            self._read[name] = Document.parse(found[1], found[0]) if found else None
        return self._read[name]

    def beside(self, name: str) -> bytes | None:
        """The content of a file beside the flow, or None. Raises ValueError for one that is too large."""
        return self._library.beside(name)


Report = Callable[..., None]


End = tuple[str, str]
"""A node and one of its ports."""


@dataclass
class _Doors:
    """Where the inputs and outputs of instances are, among the nodes that took their place."""

    entries: dict[str, tuple[str, ...]] = field(default_factory=dict)
    exits: dict[End, tuple[End, ...]] = field(default_factory=dict)

    def add(self, id: str, inner: Parsed) -> None:
        self.entries[id] = tuple(f"{id}.{target}" for ids in inner.inputs.values() for target in ids)
        for port, ends in inner.outputs.items():
            self.exits[id, port] = tuple((f"{id}.{node}", inside) for node, inside in ends)

    def targets(self, ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(end for id in ids for end in self.entries.get(id, (id,)))

    def sources(self, ends: Iterable[End]) -> tuple[End, ...]:
        return tuple(found for end in ends for found in self.exits.get(end, () if end[0] in self.entries else (end,)))


def expand(flow: Flow, library: Documents | None, catalog: Catalog, variables: Variables, report: Report) -> Flow:
    """The flow with every subflow instance replaced by its nodes."""
    return flow if library is None else _expanded(flow, library, catalog, variables, report, 0)[0]


def _expanded(
    flow: Flow, library: Documents, catalog: Catalog, variables: Variables, report: Report, depth: int
) -> tuple[Flow, _Doors]:
    known = set(catalog.node_types())
    nodes: dict[str, NodeSpec] = {}
    doors = _Doors()
    for id, spec in flow.nodes.items():
        found = library.get(spec.type) if spec.type and spec.type not in known else None
        if found is None:
            nodes[id] = spec
            continue
        variables.budget.nodes(1)
        if depth >= DEPTH:
            report((*spec.path, "type"), f"subflows are nested deeper than {DEPTH}")
            continue
        inner = _instance(spec, found, library, catalog, variables, report, depth)
        doors.add(id, inner)
        nodes.update(_renamed(spec, inner))
    if len(nodes) > MOST_NODES:
        report(("nodes",), f"{count_of(len(nodes), 'node')} with those of subflows; a flow has at most {MOST_NODES}")
    return replace(flow, nodes={id: _rewired(spec, doors) for id, spec in nodes.items()}), doors


def _instance(
    spec: NodeSpec, found: Document, library: Documents, catalog: Catalog, variables: Variables,
    report: Report, depth: int,
) -> Parsed:  # fmt: skip
    outside = variables.outside
    declared = found.data.get("vars") or {} if isinstance(found.data, dict) else {}
    values = {name: value for name, value in spec.values.items() if name in declared}
    of_instances = outside.holds((*spec.path, "for_each"))
    own = Variables(
        variables.environment,
        variables.secrets,
        fixed=values | dict(spec.options),
        outside=outside.within(),
        budget=variables.budget,
        untold={option for option in spec.options if outside.holds((*spec.path, option))}
        | (set(values) if of_instances else set()),
    )
    parser = Parser(found, own, library.beside)
    parsed = parser.parse()
    for option in spec.options:
        if option not in declared:
            said = f"subflow {spec.type!r} has no variable {option!r}"
            report((*spec.path, option), said, (option, declared), key=True, each=spec.each, code="unknown-option")
    check_doors(parsed, parser)
    inner, doors = _expanded(parsed.flow, library, catalog, own, parser.report, depth + 1)
    outside.take(own.outside, spec.path)
    for problem in parser.problems:
        _pass_on(problem, report, spec)
    inputs = {port: doors.targets(ids) for port, ids in parsed.inputs.items()}
    outputs = {port: doors.sources(ends) for port, ends in parsed.outputs.items()}
    return Parsed(inner, parser.problems, inputs, outputs)


def check_doors(parsed: Parsed, parser: Parser) -> None:
    """Report inputs and outputs of nodes that the subflow does not have."""
    root = parser.document.data if isinstance(parser.document.data, dict) else {}
    for place, name in _doors_named(root):
        id, said = (end_of(name)[0], "output comes from") if place[0] == "outputs" else (name, "input leads to")
        known = (*parsed.flow.nodes, *parsed.flow.templates)
        if internal(id) not in known:
            parser.report(place, f"{said} {id!r}, which does not exist", (id, known), code="unknown-node")


def _doors_named(root: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    for section in ("inputs", "outputs"):
        for wiring, value in places_of((section,), root.get(section)):
            if section == "outputs" and not isinstance(value, str):
                continue  # of another shape, which is told where it is read
            for place, name in leaves(wiring, value):
                if isinstance(name, str):
                    yield place, name


def _pass_on(problem: Problem, report: Report, spec: NodeSpec) -> None:
    report((*spec.path, "type"), f"in subflow {problem}", quotes=False, each=spec.each, code=problem.code)


def _renamed(spec: NodeSpec, inner: Parsed) -> dict[str, NodeSpec]:
    prefix = f"{spec.id}."
    nodes = {}
    for id, node in inner.flow.nodes.items():
        wires = {port: tuple(prefix + target for target in targets) for port, targets in node.wires.items()}
        if ERROR not in wires and ERROR in spec.wires:
            wires[ERROR] = spec.wires[ERROR]
        was = f"{spec.was or spec.id}.{node.was or id}" if spec.was or node.was else ""
        nodes[prefix + id] = replace(
            node,
            id=prefix + id,
            was=was,
            wires=wires,
            path=spec.path,
            each=spec.each or node.each,
            disabled=node.disabled or spec.disabled,
        )
    for id, source_port, targets in [
        (*end, targets) for port, targets in spec.wires.items() for end in inner.outputs.get(port, ())
    ]:
        if prefix + id in nodes:
            inside = nodes[prefix + id]
            joined = (*inside.wires.get(source_port, ()), *targets)
            nodes[prefix + id] = replace(inside, wires={**inside.wires, source_port: joined})
    return nodes


def _rewired(spec: NodeSpec, doors: _Doors) -> NodeSpec:
    if not any(target in doors.entries for target in spec.targets()):
        return spec
    return replace(spec, wires={port: doors.targets(targets) for port, targets in spec.wires.items()})
