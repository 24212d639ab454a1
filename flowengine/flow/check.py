"""From a parsed flow to one that may run: types, options, wires, connections, cycles. Finds every fault at once."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from flowengine.catalog import Catalog
from flowengine.catalog.every_node import OPTIONS
from flowengine.catalog.fields import connection_fields
from flowengine.config import Config
from flowengine.expression import declaring
from flowengine.flow.also_called import meant
from flowengine.flow.braces import check_braces
from flowengine.flow.budget import Budget
from flowengine.flow.cycles import cycles
from flowengine.flow.each import Beside
from flowengine.flow.host_files import ELSEWHERE, HostFiles
from flowengine.flow.model import ERROR, ConnectionSpec, Flow, NodeSpec
from flowengine.flow.outside import Path
from flowengine.flow.right_rows import judged
from flowengine.flow.rows import filled
from flowengine.flow.seconds import check_seconds
from flowengine.flow.settings import Report, read
from flowengine.flow.wires import ends_written, ids_of
from flowengine.node import Node, Source, Stateful, Transform

OWN_NAMES = ("payload", "topic", "meta", "time")
log = logging.getLogger("flowengine.flow")
MOST_SHOWN = 12
"""Nodes of a cycle that are named."""


class Checker:
    """Checks one flow against the catalog."""

    def __init__(
        self, flow: Flow, written: Any, catalog: Catalog, report: Report, budget: Budget, files: HostFiles | None,
        beside: Beside | None, doors: Collection[str],
    ):  # fmt: skip
        self.files, self.beside, self.doors = files, beside, doors
        self.budget = budget
        self.flow, self.written = flow, written
        self.catalog = catalog
        self.report = report

    def check(self) -> Flow:
        """The flow with its options checked and typed; faults go to `report`."""
        connections = {name: self._connection(spec) for name, spec in self.flow.connections.items()}
        sources = {id: self._node(spec) for id, spec in self.flow.nodes.items() if self._is_source(spec)}
        with declaring(self._captures(sources.values())):
            others = {id: self._node(spec) for id, spec in self.flow.nodes.items() if id not in sources}
        nodes = {id: sources.get(id) or others[id] for id in self.flow.nodes}
        _former_names(self.flow, self.report)
        self._wires(nodes)
        self._cycles()
        self._reach(nodes)
        idle = _idle_connections(nodes.values())
        connections = {name: spec for name, spec in connections.items() if name not in idle}
        return replace(self.flow, nodes=nodes, connections=connections)

    def _captures(self, sources: Iterable[NodeSpec]) -> set[str]:
        """What sources capture, for expressions. A name that a message has already is refused."""
        found: set[str] = set()
        for spec in sources:
            kind = self._kind(spec)
            if kind is None or not issubclass(kind, Source) or spec.config is None:
                continue
            for name in kind.captures(spec.config):
                if name in OWN_NAMES:
                    option = next((key for key, value in spec.options.items() if f"{{{name}" in str(value)), "type")
                    self.report(
                        (*spec.path, option), f"the capture {name!r} hides the message's own {name}", f"{name}_"
                    )
                elif name.isidentifier():
                    found.add(name)
        return found

    def _connection(self, spec: ConnectionSpec) -> ConnectionSpec:
        known = self.catalog.connection_types()
        path: Path = ("connections", spec.name)
        if spec.type not in known:
            if spec.type:
                self.report(
                    (*path, "type"), f"unknown type {spec.type!r}", (spec.type, known), code="unknown-node-type"
                )
            return spec
        kind = self.catalog.connection(spec.type)
        config = read(kind.config_type(), dict(spec.options), path, self.report, ("type",))
        self._files_of(config, path)
        return replace(spec, config=config)

    def _of(self, spec: NodeSpec) -> Report:
        """Reports a fault of a node, or of an instance of a template."""
        return partial(self.report, each=spec.each) if spec.each else self.report

    def _node(self, spec: NodeSpec) -> NodeSpec:
        self.budget.step()
        known = self.catalog.node_types()
        if spec.type not in known:
            if spec.type:
                hint = meant(spec.type, known)
                self._of(spec)((*spec.path, "type"), f"unknown type {spec.type!r}", hint, code="unknown-node-type")
            return spec
        kind = self.catalog.node(spec.type)
        if spec.title and "title" in kind.config_type().model_fields:
            # Common to all nodes, and to some (an alarm's text) it is more than a name.
            spec = replace(spec, options={**spec.options, "title": spec.title})
        options, tables = filled(kind.config_type(), spec.options, self.beside, spec.path, self._of(spec))
        report, spec = tables.telling(self._of(spec), spec.path), replace(spec, options=options)
        config = read(kind.config_type(), options, spec.path, report, OPTIONS)
        if config is not None:
            for option, fault in (*_faults(kind, config), *(() if spec.disabled else kind.lacks())):
                # It may quote any option of the node.
                report((*spec.path, *_steps(option)), fault, about=spec.path)
            check_braces(config, options, spec.path, report)
            check_seconds(config, options, spec.path, report)
            self._files_of(config, spec.path)
        else:
            for option, fault in judged(kind.config_type(), options, partial(_faults, kind)):
                report((*spec.path, *_steps(option)), fault, about=spec.path)
        self._connections_of(spec, kind.config_type())
        if issubclass(kind, Source) and spec.queued:
            self._of(spec)(spec.path, "a source has no queue before it; put `queue` or `durable` on the node it feeds")
        return replace(spec, config=config)

    def _files_of(self, config: Config | None, path: Path) -> None:
        if config is None or self.files is None:
            return
        refused = ""
        leads: dict[str, str] = {}
        for file in config.host_files():
            if refused and file.path.startswith(refused):
                continue  # it was said of the folder
            leads[file.path], fault = self.files.judged(file)
            if fault:
                refused = f"{file.path}/" if file.folder else refused
                self.report((*path, *file.option), fault, unsaid=ELSEWHERE)
        config.keep_real(leads)

    def _connections_of(self, spec: NodeSpec, config: type[Config]) -> None:
        for option, kind in connection_fields(config).items():
            name = spec.options.get(option)
            if not isinstance(name, str):
                continue
            place = (*spec.path, option)
            found = self.flow.connections.get(name)
            if found is None and self.doors:
                continue  # a subflow has those of the flow that uses it
            if found is None:
                self._of(spec)(
                    place, f"no connection {name!r}", (name, self.flow.connections), code="unknown-connection"
                )
            elif kind and found.type != kind and found.type in self.catalog.connection_types():
                self._of(spec)(
                    place,
                    f"connection {name!r} has type {found.type!r}, this node needs {kind!r}",
                    code="wrong-connection",
                )

    def _wires(self, nodes: Mapping[str, NodeSpec]) -> None:
        for spec in nodes.values():
            if spec.config is not None:
                ports = self.catalog.node(spec.type).ports(spec.config)
                for port in spec.wires:
                    if port not in (*ports, ERROR):
                        self._bad_port(spec, port, ports)
            for port, targets in spec.wires.items():
                wrong = [id for id in targets if (found := self.flow.nodes.get(id)) is None or self._is_source(found)]
                if wrong:
                    written = ends_written(self.written, spec.path, port)
                    for target in wrong:
                        self._wrong_target(spec, target, written.of(target))

    def _bad_port(self, spec: NodeSpec, port: str, ports: tuple[str, ...]) -> None:
        has = f"it has {', '.join(ports)}" if ports else "it has none but the error port"
        mapped = isinstance(spec.options, dict) and port != "out"
        place = (*spec.path, "to", port) if mapped else (*spec.path, "to")
        self._of(spec)(place, f"no port {port!r}; {has}", (port, ports), key=True, code="unknown-port")

    def _wrong_target(self, spec: NodeSpec, target: str, place: Path) -> None:
        if target in self.flow.nodes:
            self._of(spec)(place, f"wired to {target!r}, which is a source and takes no input", code="wired-to-source")
            return
        meant = f"[{target}]" if "," in target else (target, self.flow.nodes)
        self._of(spec)(place, f"wired to {target!r}, which does not exist", meant, code="unknown-node")

    def _kind(self, spec: NodeSpec) -> type[Node] | None:
        return self.catalog.node(spec.type) if spec.type in self.catalog.node_types() else None

    def _is_source(self, spec: NodeSpec) -> bool:
        kind = self._kind(spec)
        return kind is not None and issubclass(kind, Source)

    def _cycles(self) -> None:
        """A cycle of plain calls would never end; a queue in it lets go."""
        for circle in cycles(self.flow):
            shown = circle if len(circle) <= MOST_SHOWN else [*circle[: MOST_SHOWN - 2], "…", circle[-1]]
            fault = f"cycle {' -> '.join(shown)} that no queue breaks; give one of them `queue:`"
            self.report(self.flow.nodes[circle[-2]].path, fault, key=True, code="cycle")

    def _reach(self, nodes: Mapping[str, NodeSpec]) -> None:
        reached: set[str] = set()
        todo = [id for id, spec in nodes.items() if self._is_source(spec) or self._kind(spec) is None]
        todo += [id for id in (*_pressed(self.flow.pages), *self.doors) if id in nodes]
        while todo:
            id = todo.pop()
            if id not in reached:
                reached.add(id)
                todo += [target for target in nodes[id].targets() if target in nodes]
        for id, spec in nodes.items():
            kind = self._kind(spec)
            if id not in reached and not (kind is not None and getattr(kind, "self_starting", False)):
                self._of(spec)(spec.path, "no source leads here", key=True, severity="warning", code="unreached")
                continue
            ends = not list(spec.targets()) and not spec.disabled and id not in self.doors
            if ends and kind is not None and (issubclass(kind, Source | Transform) or _keeps_nothing(kind)):
                said = "what it sends goes nowhere: it has no `to`"
                self._of(spec)(spec.path, said, key=True, severity="warning", code="unreached")


def _keeps_nothing(kind: type[Node]) -> bool:
    return issubclass(kind, Stateful) and not (kind.durable_state or kind.absorbs)


def _steps(option: str) -> Path:
    """The path of an option such as `points.3.name`."""
    return tuple(int(step) if step.isdigit() else step for step in option.split("."))


def _faults(kind: type[Node], config: Config) -> Iterable[tuple[str, str]]:
    try:
        return kind.check(config)
    except Exception:
        log.debug("the check of %s failed", kind.__name__)
        return [("type", "its options do not fit together")]


def _pressed(pages: Mapping[str, Any]) -> Iterator[str]:
    """Nodes to which operator pages give messages."""
    for page in pages.values():
        widgets = page.get("widgets") if isinstance(page, Mapping) else None
        for widget in widgets.values() if isinstance(widgets, Mapping) else ():
            yield from ids_of(widget.get("to")) if isinstance(widget, Mapping) else ()


def check(
    flow: Flow, written: Any, catalog: Catalog, report: Report, budget: Budget, files: HostFiles | None = None,
    beside: Beside | None = None, doors: Collection[str] = (),
) -> Flow:  # fmt: skip
    """The flow, ready to run when nothing was reported. Raises `TooMuch` when the budget ends.

    `written` is what the file holds, `doors` are the nodes by which a subflow is entered and left.
    """
    return Checker(flow, written, catalog, report, budget, files, beside, doors).check()


def _idle_connections(nodes: Iterable[NodeSpec]) -> set[str]:
    """Connections that disabled nodes alone use; they need not be made."""
    used: dict[bool, set[str]] = {True: set(), False: set()}
    for spec in nodes:
        if spec.config is not None:
            names = [spec.options.get(option) for option in connection_fields(type(spec.config))]
            used[spec.disabled] |= {str(name) for name in names if name is not None}
    return used[True] - used[False]


def _former_names(flow: Flow, report: Report) -> None:
    """A name can have passed to one node only, and only if no node has it now."""
    heirs: dict[str, str] = {}
    for spec in flow.nodes.values():
        if not spec.was or spec.was == spec.id:
            continue
        if spec.was in flow.nodes:
            report((*spec.path, "was"), f"{spec.was!r} is a node of this flow still")
        elif spec.was in heirs:
            report((*spec.path, "was"), f"{heirs[spec.was]} was {spec.was!r} already")
        heirs.setdefault(spec.was, spec.id)
