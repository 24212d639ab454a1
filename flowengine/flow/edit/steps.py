"""Changes of data, one place each, and what they do to plain data. Knows no text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flowengine.flow.document import Path
from flowengine.flow.edit.operations import EditRefused


@dataclass(frozen=True, slots=True)
class Put:
    """Replace the value at `path`, or add it as the last key or item."""

    path: Path
    value: Any


@dataclass(frozen=True, slots=True)
class Insert:
    """Insert an item before the one at `path`."""

    path: Path
    value: Any


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove a key or an item."""

    path: Path


@dataclass(frozen=True, slots=True)
class RenameKey:
    """Give a key another name, at the same place."""

    path: Path
    new: str


@dataclass(frozen=True, slots=True)
class Substitute:
    """Replace every match of `pattern` in the text of a scalar."""

    path: Path
    pattern: re.Pattern[str]
    new: str


Step = Put | Insert | Remove | RenameKey | Substitute


def copied(value: Any) -> Any:
    """A copy that shares nothing that can change. Raises EditRefused for what YAML cannot hold."""
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise EditRefused("keys are text")
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [copied(item) for item in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise EditRefused(f"a flow file cannot hold a {type(value).__name__}")


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal in value and type; not-a-number equals itself, the order of keys is free."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


def at(data: Any, path: Path) -> Any:
    """The value at `path`. Raises EditRefused where there is none."""
    for depth, step in enumerate(path):
        if not has(data, step):
            raise EditRefused(f"there is no {spoken(path[: depth + 1])}")
        data = data[step]
    return data


def has(container: Any, step: str | int) -> bool:
    """Whether a map has that key, or a list that index."""
    if isinstance(container, dict):
        return isinstance(step, str) and step in container
    return isinstance(container, list) and isinstance(step, int) and 0 <= step < len(container)


def spoken(path: Path) -> str:
    """A path as people write it: `nodes.clean.to[0]`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or "the whole file"


def change(data: Any, step: Step) -> Any:
    """`data`, changed in place by one step; the new root where the step replaced it."""
    if not step.path:
        assert isinstance(step, Put)
        return copied(step.value)
    if at(data, step.path[:-1]) is None and isinstance(step, Put | Insert):
        return change(data, _founding(step))
    container, last = at(data, step.path[:-1]), step.path[-1]
    if isinstance(step, Put | Insert):
        _put(container, last, step)
        return data
    at(data, step.path)
    if isinstance(step, Remove):
        del container[last]
    elif isinstance(step, Substitute):
        container[last] = step.pattern.sub(step.new, container[last])
    else:
        _rename(container, str(last), step.new)
    return data


def _founding(step: Put | Insert) -> Put:
    """The first entry of a map or list that is still empty."""
    last = step.path[-1]
    if isinstance(last, int) and last != 0:
        raise EditRefused(f"there is no {spoken(step.path)}")
    return Put(step.path[:-1], {last: step.value} if isinstance(last, str) else [step.value])


def _put(container: Any, last: str | int, step: Put | Insert) -> None:
    value = copied(step.value)
    if isinstance(container, dict) and isinstance(last, str) and isinstance(step, Put):
        container[last] = value
    elif isinstance(container, list) and isinstance(last, int) and 0 <= last <= len(container):
        container[last : last + isinstance(step, Put)] = [value]
    else:
        raise EditRefused(f"{spoken(step.path)} does not fit into {spoken(step.path[:-1])}")


def _rename(container: dict[str, Any], old: str, new: str) -> None:
    if new in container:
        raise EditRefused(f"{new!r} is taken")
    items = [(new if key == old else key, value) for key, value in container.items()]
    container.clear()
    container.update(items)


def differences(path: Path, old: Any, new: Any) -> Iterator[Step]:
    """The smallest steps found that turn `old`, at `path`, into `new`."""
    if same(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() & new.keys():
        yield from _map_differences(path, old, new)
    elif isinstance(old, list) and isinstance(new, list) and old and new:
        yield from _list_differences(path, old, new)
    else:
        yield Put(path, new)


def _map_differences(path: Path, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Step]:
    for key, value in new.items():
        if key in old:
            yield from differences((*path, key), old[key], value)
        else:
            yield Put((*path, key), value)
    for key in old:
        if key not in new:
            yield Remove((*path, key))


def _list_differences(path: Path, old: list[Any], new: list[Any]) -> Iterator[Step]:
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if not same(old[i], new[i])), shorter)
    tail = next((i for i in range(shorter - head) if not same(old[-1 - i], new[-1 - i])), shorter - head)
    if len(old) == len(new):
        for index in range(head, len(new) - tail):
            yield from differences((*path, index), old[index], new[index])
    elif head + tail == len(old):
        for index in range(head, len(new) - tail):
            yield Insert((*path, index), new[index])
    elif head + tail == len(new):
        for index in reversed(range(head, len(old) - tail)):
            yield Remove((*path, index))
    else:
        yield Put(path, new)
