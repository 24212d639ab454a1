"""Where a path is written: its key, its value, what holds it. Computes no change."""

from __future__ import annotations

from typing import NamedTuple

from flowengine.flow.document import Mapping, Node, Path, Sequence
from flowengine.flow.document.data import lookup
from flowengine.flow.edit.source import Source


class Splice(NamedTuple):
    """Characters `start` to `end` become `text`."""

    start: int
    end: int
    text: str


class Entry(NamedTuple):
    """A value in its text: its key (an item has none), the collection around it, whether that is in flow style."""

    key: Node | None
    node: Node
    parent: Mapping | Sequence
    inside: bool


def place_at(root: Node | None, path: Path) -> Entry | None:
    """Where `path` is written, without following aliases or merges; None where it is not, and for the root."""
    node, place, inside = root, None, False
    for step in path:
        found = lookup(node, step, own=True)
        if found is None or not isinstance(node, Mapping | Sequence):
            return None
        inside = inside or node.flow
        place = Entry(found[0], found[1], node, inside)
        node = found[1]
    return place


def entries(parent: Mapping | Sequence) -> list[tuple[Node | None, Node]]:
    """Keys and values of a map; items of a list, without keys."""
    return [*parent.pairs] if isinstance(parent, Mapping) else [(None, item) for item in parent.items]


def extent(source: Source, parent: Mapping | Sequence, index: int) -> tuple[int, int]:
    """The characters of one entry, from its key or dash to the end of its value."""
    key, node = entries(parent)[index]
    if key is not None:
        return key.start, max(key.end, node.end)
    return (node.start if parent.flow else source.dash(node)), node.end
