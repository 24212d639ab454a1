"""The palette: what can be added to a flow, an entry in a line each. Help, examples and schemas are in `node_types`."""

from __future__ import annotations

import msgspec

from flowengine.catalog.kinds import NodeWord
from flowengine.node import Category

SUBFLOW: Category = "logic"
"""Group of the subflows of a folder, which have no class to say theirs."""

UNKNOWN: Category = "tool"
"""Group of a node whose type is not there."""


class NodeKind(msgspec.Struct):
    """One entry of the palette."""

    type: str
    title: str
    summary: str
    kind: NodeWord
    category: Category
    ports: list[str]
    input: bool
    error_port: bool
    subflow: bool
    connections: dict[str, list[str]]
    """Options that it needs and that name a connection, with the types that fit; none stands for any."""


class ConnectionKind(msgspec.Struct):
    """A kind of shared client."""

    type: str
    title: str
    summary: str


class Palette(msgspec.Struct):
    """Everything that can be added to a flow."""

    nodes: list[NodeKind]
    connections: list[ConnectionKind]
