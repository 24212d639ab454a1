"""The kinds of types: the word for each, the folder that its files live in, the class that it is. Finds no types."""

from __future__ import annotations

from typing import Literal, NamedTuple

from flowengine.node import Connection, Node, Router, Sink, Source, Stateful, Transform

NodeWord = Literal["source", "transform", "router", "stateful", "sink"]


class Kind(NamedTuple):
    """One kind of node, or connections."""

    word: NodeWord | Literal["connection"]
    folder: str
    base: type[Node | Connection]


CONNECTIONS = "connections"
KINDS = (
    Kind("source", "sources", Source),
    Kind("transform", "transforms", Transform),
    Kind("router", "transforms", Router),
    Kind("stateful", "stateful", Stateful),
    Kind("sink", "sinks", Sink),
    Kind("connection", CONNECTIONS, Connection),
)
FOLDERS = tuple(dict.fromkeys(kind.folder for kind in KINDS))
"""Of a package of nodes, in the order in which pages and lists tell of them."""


def kind_of(of: type[Node] | type[Connection]) -> Kind:
    """What a class is. Raises `TypeError` for one that is nothing of these."""
    for kind in KINDS:
        if issubclass(of, kind.base):
            return kind
    raise TypeError(f"{of.__name__} is no kind of node")
