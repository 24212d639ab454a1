"""From a document to a `Flow`: variables filled in, wires read, shapes checked. Types are checked in `check`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flowengine.catalog.every_node import OPTIONS, EveryNode
from flowengine.catalog.flow_file import FLOW_NAME, FLOW_NAME_RULE, NAME, FlowFile
from flowengine.counts import count_of
from flowengine.flow import shapes
from flowengine.flow.budget import TooMuch
from flowengine.flow.document import Document
from flowengine.flow.each import MOST_NODES, MOST_WIRES, Beside, instances_of, resolved
from flowengine.flow.model import ConnectionSpec, Flow, NodeSpec
from flowengine.flow.outside import Path
from flowengine.flow.places import internal
from flowengine.flow.problem import Code, Hint, Problem, Severity, nearest
from flowengine.flow.settings import UNKNOWN_SECTION, read_each, spoken
from flowengine.flow.variables import Variables
from flowengine.flow.wires import ids_of, inputs_of, outputs_of, wires_of

MOST_HINTS = 100
MOST_PROBLEMS, MOST_CHARACTERS = 5000, 1000
"""Of one text, and of what is said of one; values may be as long as the text."""

_QUOTED = re.compile(r"""'([^']*)'|(\d[\d.]*)""")


@dataclass
class Parsed:
    """What a file says, and everything that is wrong with its shape."""

    flow: Flow
    problems: list[Problem]
    inputs: Mapping[str, tuple[str, ...]]
    outputs: Mapping[str, tuple[tuple[str, str], ...]]


class Parser:
    """Reads one document; collects problems instead of stopping at the first."""

    def __init__(self, document: Document, variables: Variables, beside: Beside | None = None):
        self.document = document
        self.variables = variables
        self._beside = beside
        self._each = ""
        self.problems: list[Problem] = list(document.problems)
        self._hints = MOST_HINTS

    def report(
        self, path: Path, message: str, hint: Hint = "", key: bool = False, severity: Severity = "error",
        quotes: bool | None = None, about: Path | None = None, inside: tuple[str, int] | None = None,
        each: str = "", unsaid: str = "is not right here", code: Code = "wrong-value",
    ) -> None:  # fmt: skip
        """Note a fault at a place of the document; a warning does not keep the flow from running.

        `quotes` tells whether the message may hold the value at `path`, or with `about` any below that; the fault of a
        key (`key`) does not. What came from outside the text is not told: `unsaid` then
        says what is wrong with it. `inside` is the text of the scalar at `path`,
        and the character of it that is at fault; `each` the instance of a `for_each` that has the fault.
        """
        outside = self.variables.outside
        # Names of instances are told unless they come from outside, too.
        each = "" if outside.holds((*path[:2], "for_each")) else each or self._each
        if (written := outside.written(self._place(path) if about is None else about)) is not None:
            if not (outside.resolved or (key and not quotes)):
                return  # nobody looked what stands there
            if (not key if quotes is None else quotes) and not (about and _is_of(self.document.text, message)):
                message, hint = f"{_last(path)}what {written!r} stands for {unsaid}", ""
                inside = None
        self.variables.budget.step()
        message, word = outside.star(message), outside.star(self._nearest(hint))
        if len(self.problems) >= MOST_PROBLEMS:
            raise TooMuch(f"more than {MOST_PROBLEMS} problems; these are the first")
        if len(message) > MOST_CHARACTERS:
            message = message[: MOST_CHARACTERS - 1] + "…"
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
                word,
                code,
                severity,
                path,
                (each,) if each else (),
            )
        )

    def end(self, why: str) -> None:
        """Note that the rest of the text was not looked at."""
        self.problems.append(Problem(self.document.name, 1, 1, 1, 1, "", why, code="not-readable"))

    def _nearest(self, hint: Hint) -> str:
        """Looking for the right word takes as long as there are words: only the first faults are worth it."""
        if isinstance(hint, str) or not self._hints:
            return hint if isinstance(hint, str) else ""
        self._hints -= 1
        return nearest(*hint) or ""

    def _place(self, path: Path) -> Path:
        """The path as far as the file has it: below that, steps are what a value became."""
        return next((path[:end] for end in range(len(path), 0, -1) if self.document.find(path[:end])), path)

    def parse(self) -> Parsed:
        """The flow, as far as it can be read, and its problems."""
        root = self.mapping(self.document.data, ())
        name = self._name(root)
        sections = shapes.without_mistakes(root, self.report)
        whole = read_each(FlowFile, {**sections, "flow": name}, (), self.report, unknown=UNKNOWN_SECTION)
        self.variables.define(whole.vars or {}, ("vars",), self._undefined)
        made = {id: self._made(id, raw, whole.on_error) for id, raw in (whole.nodes or {}).items()}
        templates = {
            id: tuple(spec.each for spec in specs) for id, specs in made.items() if _is_template(whole.nodes, id)
        }
        flow = Flow(
            name=name,
            title=whole.title or "",
            nodes=self._wired([spec for specs in made.values() for spec in specs], templates),
            connections={id: self._connection(id, raw) for id, raw in (whole.connections or {}).items()},
            tests=tuple(whole.tests or ()),
            pages={id: self._page(id, page, templates) for id, page in (whole.pages or {}).items()},
            templates=templates,
            file=self.document.name,
        )
        inputs = {port: _ends(ids, templates) for port, ids in inputs_of(root).items()}
        outputs = {
            port: tuple((end, source) for end in _ends((id,), templates))
            for port, (id, source) in outputs_of(root).items()
        }
        return Parsed(flow, self.problems, inputs, outputs)

    def mapping(self, value: Any, path: Path) -> dict[str, Any]:
        """`value` if it is a map (or nothing), else an empty one and a problem."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            said = f"{path[-1] if path else 'a flow'} must be a map, not {spoken(value)}"
            said = said if path or not shapes.is_of_node_red(value) else f"{said}: this is an export of Node-RED"
            self.report(path, said, code="wrong-value" if path else "not-readable")
            return {}
        return value

    def _name(self, root: Mapping[str, Any]) -> str:
        name = root.get("flow")
        if not isinstance(name, str) or not FLOW_NAME.fullmatch(name):
            said = f"a flow needs a name of {FLOW_NAME_RULE}: `flow: my_plant`"
            if self.document.data is None or isinstance(self.document.data, dict):  # of all else it was said
                self.report(("flow",), said, code="bad-name")
            return "unnamed"
        return name

    def _undefined(self, path: Path, fault: str, word: str, severity: Severity = "error") -> None:
        known = [*self.variables.own, *self.variables.environment]
        hint = (word, known) if word else ""
        self.report(path, fault, hint, severity=severity, quotes=False, code="undefined-variable")

    def _connection(self, name: str, raw: Any) -> ConnectionSpec:
        path = ("connections", name)
        options = self.variables.fill(self.mapping(raw, path), path, self._undefined)
        kind = options.pop("type", None)
        if not isinstance(kind, str):
            self.report(path, "a connection needs a type, such as `type: mqtt`", code="missing-option")
        return ConnectionSpec(name, str(kind or ""), options)

    def _made(self, id: str, raw: Any, default_error: Any) -> list[NodeSpec]:
        """The node, or the nodes that its `for_each` makes of it."""
        path = ("nodes", id)
        if not NAME.fullmatch(id):
            said = "a node's id has letters, digits, _ and - only, at most 64"
            self.report(path, said, key=True, code="bad-name")
        if not isinstance(raw, dict) or raw.get("for_each") is None:
            return [self._node(id, raw, default_error)]
        plain = {key: value for key, value in raw.items() if key != "for_each"}
        return [
            replace(self._node(id, plain, default_error), id=f"{id}.{each}", template=id, each=each, values=values)
            for each, values in self._instances((*path, "for_each"), raw["for_each"])
        ]

    def _instances(self, path: Path, given: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each instance of a template, with variables, reports and limits set for it meanwhile."""
        variables = self.variables
        try:
            found = instances_of(variables.fill(given, path, self._undefined), self._beside)
            if len(found) > MOST_NODES:
                raise ValueError(f"for_each makes {len(found)} of one; a flow has at most {MOST_NODES} nodes")
        except ValueError as fault:
            self.report(path, str(fault))
            return
        try:
            for self._each, values in found.items():
                more = {**values, "each": self._each}
                self.variables = variables.with_values(more, untold=variables.outside.holds(path))
                yield self._each, values
        finally:
            self.variables, self._each = variables, ""

    def _page(self, id: str, page: Any, templates: Mapping[str, tuple[str, ...]]) -> Any:
        """An operator page with its variables filled in, and a widget for each instance of one with `for_each`.

        A widget that leads to a template leads to all of its nodes.
        """
        path: Path = ("pages", id)
        widgets = page.get("widgets") if isinstance(page, dict) else None
        if not isinstance(widgets, dict):
            return self.variables.fill(page, path, self._undefined)
        found = {}
        for name, raw in widgets.items():
            place = (*path, "widgets", name)
            if not isinstance(raw, dict) or raw.get("for_each") is None:
                found[name] = _widget(self.variables.fill(raw, place, self._undefined), templates)
                continue
            plain = {key: value for key, value in raw.items() if key != "for_each"}
            for each, _ in self._instances((*place, "for_each"), raw["for_each"]):
                found[f"{name}.{each}"] = _widget(self.variables.fill(plain, place, self._undefined), templates)
        return {**self.variables.fill({**page, "widgets": {}}, path, self._undefined), "widgets": found}

    def _wired(self, specs: list[NodeSpec], templates: Mapping[str, tuple[str, ...]]) -> dict[str, NodeSpec]:
        """The nodes by id, their wires led to instances."""
        if len(specs) > MOST_NODES:
            self.report(("nodes",), f"{count_of(len(specs), 'node')}; a flow has at most {MOST_NODES}")
            specs = specs[:MOST_NODES]
        left, nodes = MOST_WIRES, {}
        for spec in specs:
            source = (spec.template, spec.each)
            wires = {
                port: tuple(end for target in targets for end in resolved(internal(target), source, templates))
                for port, targets in spec.wires.items()
            }
            left -= sum(map(len, wires.values()))
            nodes[spec.id] = replace(spec, wires=wires) if left >= 0 else replace(spec, wires={})
        if left < 0:
            self.report(("nodes",), f"more than {MOST_WIRES} wires: let the many lead to one node, not to each other")
        return nodes

    def _node(self, id: str, raw: Any, default_error: Any) -> NodeSpec:
        self.variables.budget.nodes(1)
        path = ("nodes", id)
        options = self.variables.fill(self.mapping(raw, path), path, self._undefined)
        if options.get("type") is None and raw is not shapes.BROKEN:
            self.report(path, "a node needs a type, such as `type: mqtt_in`", key=True, code="missing-option")
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
            was=every.was or "",
            queue=every.bounds,
            durable=every.spool,
            place=every.place or "",
            dedupe=every.dedupe,
            guarantee=every.guarantee,
        )


def _is_template(nodes: Mapping[str, Any] | None, id: str) -> bool:
    raw = (nodes or {}).get(id)
    return isinstance(raw, dict) and raw.get("for_each") is not None


def _ends(ids: tuple[str, ...], templates: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(end for id in ids for end in resolved(internal(id), ("", ""), templates))


def _widget(widget: Any, templates: Mapping[str, tuple[str, ...]]) -> Any:
    if not isinstance(widget, dict) or not any(id in templates for id in ids_of(widget.get("to"))):
        return widget
    return {**widget, "to": [end for id in ids_of(widget["to"]) for end in resolved(id, ("", ""), templates)]}


def _is_of(text: str, message: str) -> bool:
    """Whether everything that the message quotes, and each number in it, stands in the text."""
    return all((quoted or number) in text for quoted, number in _QUOTED.findall(message))


def _last(path: Path) -> str:
    return next((f"{step}: " for step in reversed(path[2:]) if isinstance(step, str)), "")
