"""The lines of nodes as they stand in a file: a map from id to node, with its comments. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flowengine.flow.document import Document, Node
from flowengine.flow.document import Mapping as MapNode
from flowengine.flow.edit import render
from flowengine.flow.edit.source import Source
from flowengine.flow.edit.steps import at, same

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
