"""The palette: what can be added to a flow, an entry in a line each. Help, examples and schemas are in `node_types`."""

from __future__ import annotations

from typing import Literal

import msgspec

from flowengine.node import Category, Node, Sink, Source


class NodeKind(msgspec.Struct):
    """One entry of the palette."""

    type: str
    title: str
    summary: str
    kind: Literal["source", "transform", "router", "stateful", "sink"]
    category: Category
    ports: list[str]
    input: bool
    error_port: bool
    subflow: bool


class ConnectionKind(msgspec.Struct):
    """A kind of shared client."""

    type: str
    title: str
    summary: str


class Palette(msgspec.Struct):
    """Everything that can be added to a flow."""

    nodes: list[NodeKind]
    connections: list[ConnectionKind]


def category(kind: type[Node]) -> Category:
    """The group of the palette, and the colour, of a node type."""
    if kind.category is not None:
        return kind.category
    if issubclass(kind, Source):
        return "source"
    return "output" if issubclass(kind, Sink) else "transform"
