"""No module needs itself to be imported; those that name each other's types only say which they are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.sources import Function, modules, tree

TYPES_ALONE = {
    # What a station holds is told which station it is of.
    "flowengine.runtime.orders", "flowengine.runtime.receipt",
    "flowengine.runtime.station", "flowengine.runtime.tracing",
    # A client and what it makes for its users.
    "nodes.clients.kafka.client", "nodes.clients.kafka.reader",
    "nodes.clients.mqtt.retained", "nodes.clients.mqtt.subscriptions",
    "web_editor.monitor.alarm_service", "web_editor.monitor.shared_alarms",
    "nodes.simulator.answers", "nodes.simulator.gateway", "nodes.simulator.pairing",
}  # fmt: skip

NAMES = {".".join(path.with_suffix("").parts).removesuffix(".__init__"): path for path in modules()}


def imported(path: Path, types: bool) -> set[str]:
    """Modules of ours that are imported with this one; with `types` those that a type checker alone reads, too."""
    return {name for node in _at_once(tree(path), types) for name in _named(node) if name in NAMES}


def _at_once(node: ast.AST, types: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt | ast.excepthandler) or isinstance(child, Function):
            continue
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING" and not types:
            continue
        yield child
        yield from _at_once(child, types)


def _named(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        submodules = [f"{node.module}.{alias.name}" for alias in node.names]
        found = [name for name in submodules if name in NAMES]
        yield from found
        if len(found) < len(submodules):
            yield node.module


def circles(types: bool) -> set[str]:
    """Modules from which imports lead back to themselves."""
    arrows = {name: imported(path, types) - {name} for name, path in NAMES.items()}
    return {name for name in arrows if name in _reached(name, arrows)}


def _reached(name: str, arrows: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    todo = [*arrows[name]]
    while todo:
        at = todo.pop()
        if at not in seen:
            seen.add(at)
            todo += arrows[at]
    return seen


@pytest.mark.parametrize(("types", "known"), [(False, set()), (True, TYPES_ALONE)], ids=["at import", "by types"])
def test_no_module_leads_back_to_itself(types: bool, known: set[str]) -> None:
    assert len(NAMES) > 700
    assert circles(types) == known
