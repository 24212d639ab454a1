"""Sections of a flow in a shape that people write by mistake, told as one problem each. Reads no option."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flowengine.catalog.flow_file import FlowFile
from flowengine.flow.wires import ids_of, wirings_of

Report = Callable[..., None]
BROKEN: dict[str, Any] = {}
"""Stands for a node that was told of, so that wires find it."""


def without_mistakes(root: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """What is left of the sections once the mistakes are reported."""
    left = {key: value for key, value in root.items() if not _is_stray_node(key, value, report)}
    for section in ("nodes", "connections"):
        if isinstance(left.get(section), list):
            del left[section]
            report((section,), f"{section}: a map, `NAME: {{type: …}}` for each, not a list")
    if isinstance(left.get("nodes"), dict):
        left["nodes"] = _whole_nodes(left["nodes"], report)
    return left


def is_of_node_red(data: Any) -> bool:
    """Whether a file is what Node-RED exports: a list of nodes with ids, as JSON."""
    first = data[0] if isinstance(data, list) and data else None
    return isinstance(first, dict) and isinstance(first.get("id"), str) and isinstance(first.get("type"), str)


def _is_stray_node(key: str, value: Any, report: Report) -> bool:
    stray = key not in FlowFile.model_fields and isinstance(value, dict) and isinstance(value.get("type"), str)
    if stray:
        said = f"unknown section {key!r}; a node stands below `nodes:`, indented deeper"
        report((key,), said, key=True, code="unknown-section")
    return stray


def _whole_nodes(nodes: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """The nodes, `BROKEN` for those that are no maps. An option that stands among the nodes is of the one above."""
    left: dict[str, Any] = {}
    empty = above = told = ""
    wired = {id for _, names in wirings_of({"nodes": nodes}) for id in ids_of(names)}
    for id, raw in nodes.items():
        if isinstance(raw, dict):
            left[id], empty, above = raw, "", id
        elif raw is None and not empty:
            left[id], empty, above = raw, id, ""
        elif empty and id == "type":
            said = "its options stand below it, indented deeper"
            report(("nodes", empty), said, key=True, code="missing-option")
            left[empty] = BROKEN
        elif above and id not in wired:
            left[above] = {id: raw, **left[above]}
            if above != told:
                said = f"a node is a map, such as `{id}: {{type: log}}`; an option of {above!r} is indented deeper"
                report(("nodes", id), said, key=True)
            told = above
        elif not empty or left[empty] is None:
            left[id] = BROKEN
            report(("nodes", id), f"a node is a map, such as `{id}: {{type: log}}`")
    return left
