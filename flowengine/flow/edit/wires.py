"""What an operation means for a flow's data: wires, and every reference that follows a rename. Knows no text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flowengine.flow.document import Path
from flowengine.flow.edit.operations import Add, Delete, EditRefused, Operation, Rename, Set, Unwire, Wire
from flowengine.flow.edit.steps import Insert, Put, Remove, RenameKey, Step, Substitute, at, differences, has, spoken
from flowengine.flow.model import ERROR
from flowengine.flow.wires import OUT, leaves, places_of, wiring_of, wirings_of

NODES, CONNECTIONS, VARS = ("nodes",), ("connections",), ("vars",)

Names = dict[Path, dict[str, str]]
"""Per section, the names that `add` with `free` asked for and the ones it took."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps in order. `everywhere`: places that share a value by an anchor change together, as they should."""

    steps: list[Step]
    everywhere: bool = False


def steps_of(data: Any, operation: Operation, names: Names) -> Steps:
    """The steps of an operation on the flow `data`; `names` is kept up to date. Raises EditRefused."""
    if isinstance(operation, Wire | Unwire):
        ids = names.get(NODES, {})
        from_, to = ids.get(operation.from_, operation.from_), ids.get(operation.to, operation.to)
        make = _wire if isinstance(operation, Wire) else _unwire
        return Steps(make(data, from_, operation.port, to))
    if isinstance(operation, Add):
        return Steps([_add(data, operation, names)])
    if not isinstance(operation, Set | Delete | Rename):
        raise EditRefused("this operation does not concern the text")
    path = _followed(operation.path, names)
    if isinstance(operation, Set):
        return Steps(_set(data, path, operation.value))
    if isinstance(operation, Delete):
        return _delete(data, path)
    if operation.to == path[-1]:
        return Steps([])
    steps = [*_references(data, path, operation.to), _rename(data, path, operation.to)]
    return Steps(steps, everywhere=len(path) == 2 and path[:1] in (NODES, CONNECTIONS, VARS))


def _followed(path: Path, names: Names) -> Path:
    if len(path) > 1 and isinstance(path[1], str):
        return (path[0], names.get(path[:1], {}).get(path[1], path[1]), *path[2:])
    return path


def _set(data: Any, path: Path, value: Any) -> list[Step]:
    if not path:
        raise EditRefused("the whole file is replaced as text")
    container = _container(data, path)
    if has(container, path[-1]):
        return list(differences(path, container[path[-1]], value))
    return [_new(data, path, value)]


def _container(data: Any, path: Path) -> Any:
    """What holds the last step of `path`; a section that is missing altogether is made by the first entry."""
    if len(path) == 2 and (data is None or (isinstance(data, dict) and path[0] not in data)):
        return None
    return at(data, path[:-1])


def _add(data: Any, operation: Add, names: Names) -> Step:
    path = operation.path if len(operation.path) == 2 else _followed(operation.path, names)
    container, last = _container(data, path), path[-1]
    if isinstance(last, int):
        return Insert(path, operation.value)
    if has(container, last):
        if not operation.free:
            raise EditRefused(f"{spoken(path)} is there already")
        taken = free_name(last, container)
        names.setdefault(path[:-1], {})[last] = taken
        path = (*path[:-1], taken)
    return _new(data, path, operation.value)


def _new(data: Any, path: Path, value: Any) -> Put:
    """A new key, with its section where that is missing altogether."""
    if len(path) == 2 and not has(data, path[0]):
        return Put(path[:1], {path[1]: value})
    return Put(path, value)


def free_name(name: str, taken: Any) -> str:
    """The name, or `name_2`, `name_3`… of which the first is not in `taken`."""
    stem = re.sub(r"_\d+$", "", name) or name
    number = 2
    while name in taken:
        name, number = f"{stem}_{number}", number + 1
    return name


def _delete(data: Any, path: Path) -> Steps:
    at(data, path)
    if len(path) == 2 and path[:1] == CONNECTIONS:
        users = [id for id, node in _nodes(data) if node.get("connection") == path[1]]
        if users:
            raise EditRefused(f"{path[1]} is in use by {', '.join(users[:5])}; wire those to another connection first")
    steps: list[Step] = []
    if len(path) == 2 and path[:1] == NODES:
        node = str(path[1])
        for place, value in wirings_of(data):
            if place[:2] != path and node in _names(value):
                steps += _without(place, value, node)
    return Steps([*steps, Remove(path)])


def _rename(data: Any, path: Path, new: str) -> RenameKey:
    container = at(data, path[:-1])
    if not isinstance(container, dict) or not has(container, path[-1]):
        raise EditRefused(f"there is no key {spoken(path)}")
    if new in container:
        raise EditRefused(f"{new!r} is taken")
    return RenameKey(path, new)


def _references(data: Any, path: Path, new: str) -> Iterator[Step]:
    old = str(path[-1])
    if len(path) != 2 or not isinstance(data, dict):
        return
    if path[:1] == NODES:
        yield from _node_references(data, old, new)
    elif path[:1] == CONNECTIONS:
        for id, node in _nodes(data):
            if node.get("connection") == old:
                yield Put((*NODES, id, "connection"), new)
    elif path[:1] == VARS:
        pattern = re.compile(r"(?<!\$)\$\{" + re.escape(old) + r"(?=\}|:-)")
        for place, text in texts_in(data, ()):
            if pattern.search(text):
                yield Substitute(place, pattern, "${" + new.replace("\\", "\\\\"))


def _node_references(data: dict[str, Any], old: str, new: str) -> Iterator[Step]:
    for place, value in wirings_of(data):
        for inner, name in leaves(place, value):
            if name == old:
                yield Put(inner, new)
    for place, value in outputs_in(data):
        id, dot, port = value.partition(".")
        if id == old:
            yield Put(place, new + dot + port)
    tests = data.get("tests")
    for index, test in enumerate(tests if isinstance(tests, list) else []):
        for part in ("send", "expect"):
            if isinstance(test, dict) and isinstance(test.get(part), dict) and old in test[part]:
                yield RenameKey(("tests", index, part, old), new)


def _nodes(data: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    nodes = data.get("nodes") if isinstance(data, dict) else None
    for id, node in (nodes if isinstance(nodes, dict) else {}).items():
        if isinstance(node, dict):
            yield id, node


def outputs_in(data: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Every output of a subflow, and the place that it comes from."""
    for place, value in places_of(("outputs",), data.get("outputs")):
        if isinstance(value, str):
            yield place, value


def texts_in(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text below `path`, and where it stands."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from texts_in(item, (*path, step))


def _names(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _without(path: Path, value: Any, node: str) -> list[Step]:
    """Steps that take a node out of one wiring; the key goes with its last name."""
    names = _names(value)
    if all(name == node for name in names):
        return [Remove(path)]
    return [Remove((*path, index)) for index in reversed(range(len(names))) if names[index] == node]


def _with(path: Path, value: Any, node: str) -> Step:
    if isinstance(value, list) and value:
        return Put((*path, len(value)), node)
    return Put(path, node if not _names(value) else [value, node])


def _wiring(data: Any, from_: str, port: str, to: str) -> tuple[Path, Any]:
    """Path and value of the wiring that a port has or would have."""
    node = at(data, (*NODES, from_))
    if not isinstance(node, dict):
        raise EditRefused(f"node {from_} is not a map")
    below, value = wiring_of(node, port)
    return (*NODES, from_, *below), value


def _wire(data: Any, from_: str, port: str, to: str) -> list[Step]:
    at(data, (*NODES, to))
    path, value = _wiring(data, from_, port, to)
    single = path[-1] == "to"
    if to in _names(value) and (not single or port == OUT):
        raise EditRefused(f"{from_} is wired to {to} already")
    if not single or port == OUT:
        return [_with(path, value, to)]
    return [Put(path, {OUT: value, port: to} if _names(value) else {port: to})]


def _unwire(data: Any, from_: str, port: str, to: str) -> list[Step]:
    path, value = _wiring(data, from_, port, to)
    inherited = _names(data.get("on_error")) if port == ERROR else []
    if inherited and from_ not in inherited:
        # What the flow says for all nodes stays; this one says otherwise, if need be that it has none.
        own = "on_error" in at(data, path[:-1])
        names = _names(value) if own else inherited
        left = [name for name in names if name != to]
        if to in names and not (own and left):
            return [Put(path, left)]
    if to not in _names(value) or (path[-1] == "to" and port != OUT):
        raise EditRefused(f"{from_} is not wired to {to} from {port}")
    steps = _without(path, value, to)
    ports = at(data, path[:-1])
    if path[-2] == "to" and len(ports) == 1 and isinstance(steps[0], Remove) and steps[0].path == path:
        return [Remove(path[:-1])]
    return steps
