"""From a document to a `Flow`: variables filled in, wires read, shapes checked. Types are checked in `check`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flowengine.catalog.every_node import OPTIONS, EveryNode
from flowengine.catalog.flow_file import NAME, FlowFile
from flowengine.flow.document import Document
from flowengine.flow.model import ConnectionSpec, Flow, NodeSpec
from flowengine.flow.problem import Problem, Severity, nearest
from flowengine.flow.settings import read_each, spoken
from flowengine.flow.variables import Path, Variables
from flowengine.flow.wires import inputs_of, outputs_of, wires_of


@dataclass
class Parsed:
    """What a file says, and everything that is wrong with its shape."""

    flow: Flow
    problems: list[Problem]
    inputs: Mapping[str, tuple[str, ...]]
    outputs: Mapping[str, tuple[str, str]]


class Parser:
    """Reads one document; collects problems instead of stopping at the first."""

    def __init__(self, document: Document, variables: Variables):
        self.document = document
        self.variables = variables
        self.problems: list[Problem] = list(document.problems)

    def report(
        self,
        path: Path,
        message: str,
        hint: str = "",
        key: bool = False,
        severity: Severity = "error",
        inside: tuple[str, int] | None = None,
    ) -> None:
        """Note a fault at a place of the document; a warning does not keep the flow from running.

        `inside` is the text of the scalar at `path`, and the character of it that is at fault.
        """
        node = str(path[1]) if len(path) > 1 and path[0] in ("nodes", "connections") else ""
        place = (self.document.inside(path, *inside) if inside else None) or self.document.where(path, key=key)
        self.problems.append(
            Problem(
                self.document.name,
                place.line,
                place.column,
                place.end_line,
                place.end_column,
                node,
                message,
                hint,
                severity,
                path,
            )
        )

    def parse(self) -> Parsed:
        """The flow, as far as it can be read, and its problems."""
        root = self.mapping(self.document.data, ())
        name = self._name(root)
        whole = read_each(FlowFile, {**root, "flow": name}, (), self.report, unknown="unknown section {!r}")
        self.variables.define(whole.vars or {}, ("vars",), self._undefined)
        flow = Flow(
            name=name,
            title=whole.title or "",
            nodes={id: self._node(id, raw, whole.on_error) for id, raw in (whole.nodes or {}).items()},
            connections={id: self._connection(id, raw) for id, raw in (whole.connections or {}).items()},
            tests=tuple(whole.tests or ()),
            pages=self.variables.fill(whole.pages or {}, ("pages",), self._undefined),
            file=self.document.name,
        )
        return Parsed(flow, self.problems, inputs_of(root), outputs_of(root))

    def mapping(self, value: Any, path: Path) -> dict[str, Any]:
        """`value` if it is a map (or nothing), else an empty one and a problem."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.report(path, f"{path[-1] if path else 'a flow'} must be a map, not {spoken(value)}")
            return {}
        return value

    def _name(self, root: Mapping[str, Any]) -> str:
        name = root.get("flow")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            self.report(("flow",), "a flow needs a name of letters, digits, _ and - (at most 64): `flow: my_plant`")
            return "unnamed"
        return name

    def _undefined(self, path: Path, fault: str, word: str, severity: Severity = "error") -> None:
        known = [*self.variables.own, *self.variables.environment]
        self.report(path, fault, nearest(word, known) or "" if word else "", severity=severity)

    def _connection(self, name: str, raw: Any) -> ConnectionSpec:
        path = ("connections", name)
        options = self.variables.fill(self.mapping(raw, path), path, self._undefined)
        kind = options.pop("type", None)
        if not isinstance(kind, str):
            self.report(path, "a connection needs a type, such as `type: mqtt`")
        return ConnectionSpec(name, str(kind or ""), options)

    def _node(self, id: str, raw: Any, default_error: Any) -> NodeSpec:
        path = ("nodes", id)
        if not NAME.fullmatch(id):
            self.report(path, "a node's id has letters, digits, _ and - only, at most 64", key=True)
        options = self.variables.fill(self.mapping(raw, path), path, self._undefined)
        if options.get("type") is None:
            self.report(path, "a node needs a type, such as `type: mqtt_in`", key=True)
        every = read_each(EveryNode, {key: options[key] for key in OPTIONS if key in options}, path, self.report)
        return NodeSpec(
            id=id,
            type=every.type or "",
            options={key: value for key, value in options.items() if key not in OPTIONS},
            wires=wires_of(id, options, default_error),
            path=path,
            file=self.document.name,
            title=every.title or "",
            note=every.note or "",
            disabled=every.disabled,
            queue=every.bounds,
            durable=every.spool,
            dedupe=every.dedupe,
            guarantee=every.guarantee,
        )


def parse(document: Document, variables: Variables) -> Parsed:
    """The flow that a document describes, with every problem of its shape."""
    return Parser(document, variables).parse()
