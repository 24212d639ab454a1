"""What a pasted text adds to a flow: nodes, and connections beside them. Changes no text."""

from __future__ import annotations

from typing import Any

from flowengine.flow.document import Document
from flowengine.flow.edit.operations import Add, EditRefused
from flowengine.flow.edit.steps import Put, change, copied
from flowengine.flow.edit.wires import CONNECTIONS, NODES, free_name
from flowengine.flow.wires import leaves, wirings_of


def additions(text: str, data: Any) -> list[Add]:
    """One `Add` for each node of `text` under a name that is free in the flow `data`, references among them following.

    `text` is a flow, a part of one, or a bare map of nodes. Connections that the flow does not have come first.
    Raises EditRefused for a text without nodes, or one that cannot be read.
    """
    pasted = _read(text)
    names = _names(pasted["nodes"], _section(data, "nodes"))
    for place, value in list(wirings_of(pasted)):
        for inner, name in leaves(place, value):
            if name in names:
                change(pasted, Put(inner, names[name]))
    missing = {id: each for id, each in pasted["connections"].items() if id not in _section(data, "connections")}
    return [
        *(Add((*CONNECTIONS, id), connection) for id, connection in missing.items()),
        *(Add((*NODES, names.get(id, id)), node) for id, node in pasted["nodes"].items()),
    ]


def _names(pasted: dict[str, Any], there: dict[str, Any]) -> dict[str, str]:
    """What the nodes are called whose names are taken."""
    taken, names = {*pasted, *there}, dict[str, str]()
    for id in pasted:
        if id in there:
            names[id] = free_name(id, taken)
            taken.add(names[id])
    return names


def _read(text: str) -> dict[str, dict[str, Any]]:
    """The nodes and connections of a text, as parts of a flow."""
    document = Document.parse(text, "pasted")
    data = document.data
    whole = isinstance(data, dict) and isinstance(data.get("nodes"), dict)
    nodes = {id: node for id, node in _section(data if whole else {"nodes": data}, "nodes").items() if _is_node(node)}
    if not nodes:
        why = "".join(f": line {each.line}: {each.message}" for each in document.problems[:1])
        raise EditRefused(f"there are no nodes in this text{why}")
    return {"nodes": copied(nodes), "connections": copied(_section(data, "connections") if whole else {})}


def _section(data: Any, name: str) -> dict[str, Any]:
    entries = data.get(name) if isinstance(data, dict) else None
    return entries if isinstance(entries, dict) else {}


def _is_node(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("type"), str)
