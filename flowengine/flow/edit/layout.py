"""The positions beside a flow (`NAME.layout.yaml`): a map from node to `{x, y}`, for nodes that a person has moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flowengine.flow.document import Document
from flowengine.flow.edit.apply import Edited, apply
from flowengine.flow.edit.operations import Add, Delete, Move, Operation, Rename, ReplaceText, Set


def apply_layout(text: str, operations: Iterable[Operation], renamed: Mapping[str, str] | None = None) -> Edited:
    """The layout file after a flow's operations; `renamed` is what `apply` answered. Raises EditRefused."""
    document = Document.parse(text, "layout")
    for operation in operations:
        for change in _changes(document.data, operation, renamed or {}):
            document = apply(document, [change]).document
    return Edited(document.text, document)


def _changes(data: Any, operation: Operation, renamed: Mapping[str, str]) -> list[Operation]:
    known = data if isinstance(data, dict) else {}
    if isinstance(operation, Move | Add):
        node = operation.node if isinstance(operation, Move) else _added(operation)
        node = renamed.get(node, node)
        if operation.position is not None and node:
            return [Set((node,), _rounded(operation.position))]
        return _without(node, known) if isinstance(operation, Move) and node in known else []
    if isinstance(operation, Delete | Rename) and len(operation.path) == 2 and operation.path[0] == "nodes":
        node = str(operation.path[1])
        node = renamed.get(node, node)
        if node not in known:
            return []
        return _without(node, known) if isinstance(operation, Delete) else [Rename((node,), operation.to)]
    return []


def _without(node: str, known: Mapping[str, Any]) -> list[Operation]:
    """The last position takes the file's text with it: a flow file cannot lose its last key, and the edits are its."""
    return [Delete((node,))] if len(known) > 1 else [ReplaceText("")]


def _added(operation: Add) -> str:
    return str(operation.path[1]) if len(operation.path) == 2 and operation.path[0] == "nodes" else ""


def _rounded(position: Mapping[str, float]) -> dict[str, int]:
    """Whole pixels keep differences small."""
    return {axis: round(position[axis]) for axis in ("x", "y")}
