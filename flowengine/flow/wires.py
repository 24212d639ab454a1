"""Where messages go, as a flow file says it: the one reader of `to`, `on_error`, `inputs` and `outputs`.

Takes data as it stands in the file, also of a wrong file: what names no node is left out. Reports nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flowengine.flow.model import ERROR
from flowengine.flow.outside import Path
from flowengine.flow.places import internal

OUT, IN = "out", "in"
"""The ports that are meant when none is named."""

Wires = dict[str, tuple[str, ...]]


def wires_of(id: str, node: Mapping[str, Any], fallback: Any = None) -> Wires:
    """Ids of the targets by port (and `error`); `fallback` is the flow's own `on_error`, for nodes that name none."""
    to = node.get("to")
    wires = _by_port(to, OUT)
    if "on_error" in node:
        wires[ERROR] = ids_of(node["on_error"])
    elif id not in ids_of(fallback) and ids_of(fallback):
        wires.setdefault(ERROR, ids_of(fallback))
    return wires


def inputs_of(root: Mapping[str, Any]) -> Wires:
    """Ids of the nodes that each input of a subflow leads to."""
    return _by_port(root.get("inputs"), IN)


def outputs_of(root: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """The node and the port that each output of a subflow comes from."""
    return {port: end_of(place) for port, place in _ports(root.get("outputs"), OUT) if isinstance(place, str)}


def end_of(place: str) -> tuple[str, str]:
    """Node and port of `split.hot`, or of a node alone."""
    id, _, port = place.partition(".")
    return id, port or OUT


def ids_of(value: Any) -> tuple[str, ...]:
    """The node ids of one wiring: a name, or a list of names."""
    return tuple(item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str))


def wiring_of(node: Mapping[str, Any], port: str) -> tuple[Path, Any]:
    """The place below a node where the wiring of a port stands or would stand, and what is there."""
    if port == ERROR:
        return ("on_error",), node.get("on_error")
    to = node.get("to")
    return (("to", port), to.get(port)) if isinstance(to, dict) else (("to",), to)


def wirings_of(root: Any) -> Iterator[tuple[Path, Any]]:
    """Every place of a flow that names nodes, those of pages too, and what is there: a name or a list of names."""
    if not isinstance(root, dict):
        return
    yield from places_of(("on_error",), root.get("on_error"))
    yield from places_of(("inputs",), root.get("inputs"))
    for id, node in _maps(root.get("nodes")):
        yield from places_of(("nodes", id, "to"), node.get("to"))
        yield from places_of(("nodes", id, "on_error"), node.get("on_error"))
    for page, content in _maps(root.get("pages")):
        for widget, options in _maps(content.get("widgets")):
            yield from places_of(("pages", page, "widgets", widget, "to"), options.get("to"))


def places_of(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    """The places of one wiring that name nodes: its own, or that of each port."""
    if isinstance(value, dict):
        yield from (((*path, port), names) for port, names in value.items())
    elif value is not None:
        yield path, value


def leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    """Every name of one wiring, and where it stands."""
    if isinstance(value, list):
        yield from (((*path, index), item) for index, item in enumerate(value))
    else:
        yield path, value


def ends_written(root: Any, node: Path, port: str) -> Ends:
    """Where the file names each end of that port of a node, which `node` leads to.

    Where the node names no `on_error`, the flow's own counts.
    """
    wirings = list(_of_port(root, node, port))
    found: dict[str, Path] = {}
    for wiring, value in wirings:
        for place, name in leaves(wiring, value):
            if isinstance(name, str):
                found.setdefault(internal(name), place)
    return Ends(found, wirings[0][0])


@dataclass(frozen=True, slots=True)
class Ends:
    """Places in the file by the name that stands there, and the place of the wiring as a whole."""

    places: Mapping[str, Path]
    whole: Path

    def of(self, target: str) -> Path:
        """Where a node is named, or the template that it is made of."""
        name = target
        while name and name not in self.places:
            name = name.rpartition(".")[0]
        return self.places.get(name, self.whole)


def _of_port(root: Any, node: Path, port: str) -> Iterator[tuple[Path, Any]]:
    """The wirings that may mean the port, likely ones first: those of a subflow's nodes stand at their instance."""
    raw: Any = root
    for step in node:
        raw = raw.get(step) if isinstance(raw, dict) else None
    own = raw if isinstance(raw, dict) else {}
    if port == ERROR and "on_error" not in own and (general := root.get("on_error")) is not None:
        yield ("on_error",), general
    below, value = wiring_of(own, port)
    yield (*node, *below), value
    yield from places_of((*node, "to"), own.get("to"))


def _maps(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    entries = value.items() if isinstance(value, dict) else ()
    yield from ((id, entry) for id, entry in entries if isinstance(entry, dict))


def _by_port(value: Any, alone: str) -> Wires:
    return {port: ids_of(names) for port, names in _ports(value, alone)}


def _ports(value: Any, alone: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((str(port), names) for port, names in value.items())
    elif value is not None:
        yield alone, value
