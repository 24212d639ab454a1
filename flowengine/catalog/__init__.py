"""Finds node and connection types. A type's name is the name of its file; only what a flow uses is imported.

Packages are found through the entry point group `flowengine.nodes`; in such a package the folder
says the kind: `sources`, `transforms` (routers too), `stateful`, `sinks`, `connections`.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable
from functools import cache
from importlib.metadata import entry_points
from typing import NamedTuple, TypeVar

from flowengine.catalog.kinds import CONNECTIONS, FOLDERS
from flowengine.node import Connection, Node

T = TypeVar("T")


class Entry(NamedTuple):
    """Where a type lives."""

    type: str
    folder: str
    module: str


class Catalog:
    """Types of nodes and connections by name; `homes` are the packages that hold their folders."""

    def __init__(self, packages: Iterable[str]):
        self.homes = tuple(packages)
        self._entries = {entry.type: entry for package in self.homes for entry in _entries_of(package)}
        self._node_types = sorted(name for name, entry in self._entries.items() if entry.folder != CONNECTIONS)

    def node_types(self) -> list[str]:
        """Names of all node types, sorted."""
        return list(self._node_types)

    def connection_types(self) -> list[str]:
        """Names of all connection types, sorted."""
        return sorted(e.type.removeprefix("connection ") for e in self._entries.values() if e.folder == CONNECTIONS)

    def packages(self) -> set[str]:
        """Names of the top packages that hold the types."""
        return {entry.module.partition(".")[0] for entry in self._entries.values()}

    def node(self, name: str) -> type[Node]:
        """The class of a node type. Raises `KeyError` for an unknown one."""
        return _class_in(self._entries[name].module, Node)

    def connection(self, name: str) -> type[Connection]:
        """The class of a connection type. Raises `KeyError` for an unknown one."""
        return _class_in(self._entries[f"connection {name}"].module, Connection)


_used: list[str] = []
"""Packages that this process was told of beside the installed ones."""


@cache
def installed() -> Catalog:
    """The catalog of every installed package of nodes, and of those that `use` named."""
    return Catalog([*(point.value for point in entry_points(group="flowengine.nodes")), *_used])


def use(package: str) -> None:
    """Let `installed` know a further package. Raises ValueError when it has a type that there is already."""
    mine = [entry.type for entry in _entries_of(package)]
    there = {*installed().node_types(), *(f"connection {name}" for name in installed().connection_types())}
    twice = sorted(there.intersection(mine))
    if twice:
        raise ValueError(f"there is a {twice[0]} already; give the file another name")
    _used.append(package)
    installed.cache_clear()


def _entries_of(package: str) -> Iterable[Entry]:
    for folder in FOLDERS:
        try:
            found = importlib.import_module(f"{package}.{folder}")
        except ModuleNotFoundError as missing:
            if missing.name != f"{package}.{folder}":
                raise
            continue
        for module in pkgutil.iter_modules(found.__path__):
            if not module.name.startswith("_"):
                name = f"connection {module.name}" if folder == CONNECTIONS else module.name
                yield Entry(name, folder, f"{package}.{folder}.{module.name}")


@cache
def _class_in(module: str, base: type[T]) -> type[T]:
    found = [
        member
        for member in vars(importlib.import_module(module)).values()
        if inspect.isclass(member)
        and issubclass(member, base)
        and member.__module__ == module
        and not inspect.isabstract(member)
    ]
    if len(found) != 1:
        raise TypeError(f"{module} defines {len(found)} {base.__name__} classes; it must define exactly one")
    return found[0]
