"""The palette: what can be added to a flow, an entry in a line each. Help, examples and schemas are in `node_types`."""

from __future__ import annotations

import msgspec

from flowengine.node import Node, Sink, Source

LOGIC = ("alert", "anomaly", "command", "delay", "filter", "join", "on_change", "switch", "throttle", "validate")
TOOLS = ("inject", "simulate", "log", "dead_letter")
STORES = ("rtdb_write", "rtdb_read", "rtdb_watch", "buffer", "lookup")


class NodeKind(msgspec.Struct):
    """One entry of the palette."""

    type: str
    title: str
    summary: str
    kind: str
    category: str
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


def category(name: str, kind: type[Node]) -> str:
    """The group of the palette, and the colour, of a node type."""
    for group, names in (("tool", TOOLS), ("store", STORES), ("logic", LOGIC)):
        if name in names:
            return group
    if issubclass(kind, Source):
        return "source"
    return "output" if issubclass(kind, Sink) else "transform"
