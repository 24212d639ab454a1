"""From a document to a `Flow`: variables filled in, wires read, shapes checked. Types are checked in `check`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flowengine.flow.document import Document
from flowengine.flow.model import ERROR, ConnectionSpec, Flow, NodeSpec
from flowengine.flow.node_options import read_dedupe, read_durable, read_guarantee, read_queue
from flowengine.flow.problem import Problem, Severity, nearest
from flowengine.flow.variables import Path, Variables

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")
SECTIONS = (
    "flow", "title", "note", "vars", "connections", "nodes", "on_error", "tests", "pages", "inputs", "outputs",
)  # fmt: skip
COMMON = ("type", "to", "on_error", "title", "note", "disabled", "queue", "durable", "dedupe", "guarantee")
"""Options that every node has; the rest belongs to its type."""


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

    def report(self, path: Path, message: str, hint: str = "", key: bool = False, severity: Severity = "error") -> None:
        """Note a fault at a place of the document; a warning does not keep the flow from running."""
        node = str(path[1]) if len(path) > 1 and path[0] in ("nodes", "connections") else ""
        place = self.document.where(path, key=key)
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
        for section in root:
            if section not in SECTIONS:
                self.report((section,), f"unknown section {section!r}", nearest(section, SECTIONS) or "", key=True)
        self.variables.define(self.mapping(root.get("vars"), ("vars",)), ("vars",), self._undefined)
        name = self._name(root)
        default_error = self.names(root.get("on_error"), ("on_error",))
        nodes = self.mapping(root.get("nodes"), ("nodes",))
        connections = self.mapping(root.get("connections"), ("connections",))
        flow = Flow(
            name=name,
            title=str(root.get("title") or ""),
            nodes={id: self._node(id, raw, default_error) for id, raw in nodes.items()},
            connections={id: self._connection(id, raw) for id, raw in connections.items()},
            tests=tuple(root.get("tests") or ()) if isinstance(root.get("tests"), list) else (),
            pages=self.variables.fill(self.mapping(root.get("pages"), ("pages",)), ("pages",), self._undefined),
            file=self.document.name,
        )
        return Parsed(flow, self.problems, self._inputs(root), self._outputs(root))

    def mapping(self, value: Any, path: Path) -> dict[str, Any]:
        """`value` if it is a map (or nothing), else an empty one and a problem."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.report(path, f"{path[-1] if path else 'a flow'} must be a map, not {_kind(value)}")
            return {}
        return value

    def names(self, value: Any, path: Path) -> tuple[str, ...]:
        """Node ids of a wire: one, a list, or none."""
        if value is None:
            return ()
        items = value if isinstance(value, list) else [value]
        for item in items:
            if not isinstance(item, str):
                self.report(path, f"a wire leads to a node's id, not to {_kind(item)}")
        return tuple(item for item in items if isinstance(item, str))

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

    def _node(self, id: str, raw: Any, default_error: tuple[str, ...]) -> NodeSpec:
        path = ("nodes", id)
        if not NAME.fullmatch(id):
            self.report(path, "a node's id has letters, digits, _ and - only, at most 64", key=True)
        options = self.variables.fill(self.mapping(raw, path), path, self._undefined)
        kind = options.get("type")
        if not isinstance(kind, str):
            self.report(path, "a node needs a type, such as `type: mqtt_in`", key=True)
        wires = self._wires(options, path)
        if ERROR not in wires and id not in default_error and default_error:
            wires[ERROR] = default_error
        return NodeSpec(
            id=id,
            type=str(kind or ""),
            options={key: value for key, value in options.items() if key not in COMMON},
            wires=wires,
            path=path,
            file=self.document.name,
            title=str(options.get("title") or ""),
            note=str(options.get("note") or ""),
            disabled=options.get("disabled") is True,
            queue=read_queue(options.get("queue"), (*path, "queue"), self),
            durable=read_durable(options.get("durable"), (*path, "durable"), self),
            dedupe=read_dedupe(options.get("dedupe"), (*path, "dedupe"), self),
            guarantee=read_guarantee(options.get("guarantee"), (*path, "guarantee"), self),
        )

    def _wires(self, options: Mapping[str, Any], path: Path) -> dict[str, tuple[str, ...]]:
        to = options.get("to")
        if isinstance(to, dict):
            wires = {port: self.names(ids, (*path, "to", port)) for port, ids in to.items()}
        else:
            wires = {"out": self.names(to, (*path, "to"))} if to is not None else {}
        if "on_error" in options:
            wires[ERROR] = self.names(options["on_error"], (*path, "on_error"))
        return wires

    def _inputs(self, root: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        raw = root.get("inputs")
        if isinstance(raw, dict):
            return {port: self.names(ids, ("inputs", port)) for port, ids in raw.items()}
        return {"in": self.names(raw, ("inputs",))} if raw is not None else {}

    def _outputs(self, root: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
        raw = root.get("outputs")
        given = raw if isinstance(raw, dict) else ({"out": raw} if raw is not None else {})
        found = {}
        for port, place in given.items():
            if isinstance(place, str):
                id, _, source_port = place.partition(".")
                found[port] = (id, source_port or "out")
            else:
                self.report(("outputs", port), "an output names a node, or a node and its port: `hot: split.hot`")
        return found


def parse(document: Document, variables: Variables) -> Parsed:
    """The flow that a document describes, with every problem of its shape."""
    return Parser(document, variables).parse()


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    names = {dict: "a map", list: "a list", str: "text", bool: "a yes/no value", int: "a number", float: "a number"}
    return names.get(type(value), type(value).__name__)
