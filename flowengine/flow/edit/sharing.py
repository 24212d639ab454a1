"""Anchors and aliases of a document: which places share a value, and how an edit keeps to its own place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowengine.flow.document import Alias, Document, Mapping, Node, Path, Scalar, Sequence
from flowengine.flow.document.data import lookup, target
from flowengine.flow.edit.operations import EditRefused
from flowengine.flow.edit.steps import Put, Remove, RenameKey, Step, at, has, spoken


def aliases(document: Document) -> list[Alias]:
    """Every alias of the text, in order."""
    return [node for node in _walk(document.root) if isinstance(node, Alias)] if "*" in document.text else []


def _walk(node: Node | None) -> Iterator[Node]:
    waiting = [node] if node is not None else []
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Mapping):
            waiting.extend(part for pair in reversed(node.pairs) for part in reversed(pair))
        elif isinstance(node, Sequence):
            waiting.extend(reversed(node.items))


def borrowed(document: Document, path: Path) -> Path | None:
    """The shortest part of `path` whose value an alias or a merge brings in from elsewhere; None: all of it is own."""
    node = document.root
    for depth, step in enumerate(path):
        if isinstance(node, Alias):
            return path[:depth]
        found = lookup(node, step, own=True)
        if found is None:
            return path[: depth + 1] if lookup(node, step) is not None else None
        node = found[1]
    return None


def written_at(document: Document, path: Path) -> Path | None:
    """Where the value that aliases or merges bring to `path` is written, None where nothing is."""
    node = document.root
    for step in path:
        found = lookup(node, step)
        if found is None:
            return None
        node = found[1]
    wanted = target(node) if node is not None else None
    return next((place for place, found in _places(document.root, ()) if found is wanted), None)


def _places(node: Node | None, path: Path) -> Iterator[tuple[Path, Node]]:
    if node is None:
        return
    yield path, node
    if isinstance(node, Mapping):
        for key, value in node.pairs:
            yield from _places(value, (*path, key.text if isinstance(key, Scalar) else ""))
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from _places(item, (*path, index))


def parted(document: Document, step: Step, data: Any) -> Step:
    """The step, or one that writes out what it would reach through an alias or a merge; `data` is after the step."""
    place = borrowed(document, step.path)
    if place is None:
        return step
    if place == step.path and isinstance(step, Remove | RenameKey):
        raise EditRefused(f"{spoken(step.path)} comes with `<<`; it can be overridden, not removed or renamed")
    if not has(at(data, place[:-1]), place[-1]):
        raise EditRefused(f"{spoken(place)} comes with `<<`")
    return Put(place, at(data, place))


def refuse_shared(document: Document, known: list[Alias], step: Step) -> None:
    """Raises EditRefused where what the step changes, or a value around it, is also used somewhere else."""
    path, node = step.path, document.root
    for depth in range(len(path) + (not isinstance(step, RenameKey))):
        for alias in known:
            inside = depth == len(path) and node is not None and node.start <= alias.target.start < node.end
            if (alias.target is node or inside) and node is not None and not node.start <= alias.start < node.end:
                line = document.position(alias.start, alias.end).line
                raise EditRefused(
                    f"{spoken(path)} is shared: line {line} uses &{alias.target.anchor}; write it out there first"
                )
        found = lookup(node, path[depth], own=True) if depth < len(path) else None
        if found is None:
            return
        node = found[1]
