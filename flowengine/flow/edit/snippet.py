"""Copy and paste of nodes as YAML: a map from id to node, as written in the file it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flowengine.flow.document import Document, Node
from flowengine.flow.document import Mapping as MapNode
from flowengine.flow.edit import render
from flowengine.flow.edit.operations import Add, EditRefused, Operation
from flowengine.flow.edit.source import Source
from flowengine.flow.edit.steps import at, same
from flowengine.flow.edit.wires import free_name

_STYLE = render.Style()


def copy_as_yaml(text: str, nodes: Iterable[str]) -> str:
    """A map of these nodes, with comments and style of the file where that is possible. Raises EditRefused."""
    document = Document.parse(text, "flow")
    wanted = list(dict.fromkeys(nodes))
    data = {id: at(document.data, ("nodes", id)) for id in wanted}
    return "".join(_written(document, id, data[id]) for id in wanted)


def _written(document: Document, id: str, node: Any) -> str:
    """The lines of one node moved to the margin; written anew where they do not stand for it alone."""
    lines = _lines(document, id)
    if lines and same(Document.parse(lines, "snippet").data, {id: node}):
        return lines
    return render.key_text(id) + ":" + render.after(node, 0, _STYLE) + "\n"


def _lines(document: Document, id: str) -> str:
    parent = document.find(("nodes",))
    pair = next((pair for pair in _pairs(parent) if getattr(pair[0], "text", None) == id), None)
    if pair is None:
        return ""
    source = Source(document)
    start, end = pair[0].start, max(pair[0].end, pair[1].end)
    if not source.begins_line(start) or not source.ends_line(end):
        return ""
    first, last = source.lines_of(start, end)
    margin = source.column(start)
    lines = document.text[first:last].splitlines()
    return "".join((line[margin:] if not line[:margin].strip() else line) + "\n" for line in lines)


def _pairs(node: Node | None) -> list[tuple[Node, Node]]:
    return node.pairs if isinstance(node, MapNode) and not node.flow else []


def paste(text: str, snippet: str) -> list[Operation]:
    """Operations that add the nodes of a snippet to a flow, under free names, wired among themselves as they were.

    Wires to nodes that the flow has stay, wires to others are left out. Raises EditRefused for anything but nodes.
    """
    document = Document.parse(snippet, "snippet")
    if document.problems:
        raise EditRefused(f"line {document.problems[0].line} of the snippet: {document.problems[0].message}")
    pasted = _nodes_of(document.data)
    flow = Document.parse(text, "flow").data
    present = (flow.get("nodes") or {}) if isinstance(flow, dict) else {}
    names: dict[str, str] = {}
    for id in pasted:
        names[id] = free_name(id, {*present, *names.values(), *(pasted.keys() - {id})})
    known = {**{id: id for id in present}, **names}
    return [Add(("nodes", names[id]), _rewired(node, known)) for id, node in pasted.items()]


def _nodes_of(data: Any) -> dict[str, dict[str, Any]]:
    nodes = data["nodes"] if isinstance(data, dict) and isinstance(data.get("nodes"), dict) else data
    if not isinstance(nodes, dict) or not nodes or not all(isinstance(node, dict) for node in nodes.values()):
        raise EditRefused("a snippet is a map of nodes: `name: {type: …}`")
    return nodes


def _rewired(node: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    wired = {key: _followed(value, known) if key in ("to", "on_error") else value for key, value in node.items()}
    return {key: value for key, value in wired.items() if key not in ("to", "on_error") or value}


def _followed(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        ports = {port: _followed(names, known) for port, names in value.items()}
        return {port: names for port, names in ports.items() if names}
    if isinstance(value, list):
        return [known[name] for name in value if name in known]
    return known.get(value) if isinstance(value, str) else None
