"""The positions beside a flow (`NAME.layout.yaml`): a map from node to `{x, y}`, for nodes that a person has moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flowengine.flow.document import Document
from flowengine.flow.edit.apply import Edited, apply
from flowengine.flow.edit.operations import Add, Delete, Move, Operation, Rename, ReplaceText, Set
from flowengine.flow.edit.render import flow, key_text


def apply_layout(text: str, operations: Iterable[Operation], renamed: Mapping[str, str] | None = None) -> Edited:
    """The layout file after a flow's operations; `renamed` is what `apply` answered. Raises EditRefused."""
    document = Document.parse(text, "layout")
    operations = list(operations)
    if (whole := _rewritten(document, operations, renamed or {})) is not None:
        return whole
    for operation in operations:
        for change in _changes(document.data, operation, renamed or {}):
            document = apply(document, [change]).document
    return Edited(document.text, document)


def _rewritten(document: Document, operations: Iterable[Operation], renamed: Mapping[str, str]) -> Edited | None:
    """The whole text anew; None where a person wrote in it. A splice for each of a thousand nodes takes seconds."""
    places = dict(document.data) if isinstance(document.data, dict) else {}
    if not all(map(_is_ours, places, places.values())) or _written(places) != document.text:
        return None
    for operation in operations:
        for change in _changes(places, operation, renamed):
            if isinstance(change, Set):
                places[str(change.path[0])] = change.value
            elif isinstance(change, Delete):
                del places[str(change.path[0])]
            elif isinstance(change, ReplaceText):
                places.clear()
            else:
                return None
    whole = Document.parse(_written(places), "layout")
    return Edited(whole.text, whole) if (whole.data or {}) == places else None


def _is_ours(node: Any, place: Any) -> bool:
    return type(node) is str and isinstance(place, dict) and [*place] == ["x", "y"]


def _written(places: Mapping[str, Any]) -> str:
    return "".join(f"{key_text(node)}: {flow(place)}\n" for node, place in places.items())


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
