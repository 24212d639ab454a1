"""A drawing as rows that a search goes through: what a node is called, does and says. Reads no file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from web_editor.workspace import schemas

MOST_CHARACTERS = 2000
"""Of a node's settings; a table that somebody wrote into a flow would fill the answer."""


def nodes_of(flow: str, graph: schemas.Graph, diagnostics: Iterable[schemas.Diagnostic]) -> list[schemas.FoundNode]:
    """A row a node, in the order of the text."""
    faults: dict[str | None, Literal["error", "warning"]] = {}
    for each in diagnostics:
        if each.severity != "info" and faults.get(each.node) != "error":
            faults[each.node] = each.severity
    return [
        schemas.FoundNode(
            flow=flow,
            id=node.id,
            type=node.type,
            category=node.category,
            title=node.title,
            connections=[each.id for each in graph.connections if node.id in each.used_by],
            disabled=node.config.get("disabled") is True,
            fault=faults.get(node.id),
            text="\n".join(_lines(node.config))[:MOST_CHARACTERS],
        )
        for node in graph.nodes
    ]


def _lines(value: Any, path: str = "") -> Iterator[str]:
    """`name: value` of each value inside, `a.b: value` of those deeper in; items of lists have the name of the list."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _lines(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _lines(inner, path)
    else:
        yield f"{path}: {_written(value)}"


def _written(value: Any) -> str:
    """As a flow file has it."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
