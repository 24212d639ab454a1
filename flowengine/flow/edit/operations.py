"""What can be asked of a flow's text, as the API and the editor send it. Does nothing by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from flowengine.flow.document import Path

MAX_OPERATIONS = 1_000


class EditRefused(Exception):
    """An edit that cannot be made in this text; `reason` says why. Nothing was changed."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Set:
    """Replace the value at `path`, or add it as the last key or item."""

    path: Path
    value: Any


@dataclass(frozen=True, slots=True)
class Add:
    """Add a key that must not exist, or insert an item; with `free` a taken name becomes `name_2`."""

    path: Path
    value: Any
    free: bool = False
    position: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove what is at `path`: a node with every wire to it; a connection only while no node uses it."""

    path: Path


@dataclass(frozen=True, slots=True)
class Rename:
    """Give a key another name; references to a node, connection or variable follow."""

    path: Path
    to: str


@dataclass(frozen=True, slots=True)
class Wire:
    """Wire a port of one node to another; the port `error` is written as `on_error`."""

    from_: str
    port: str
    to: str


@dataclass(frozen=True, slots=True)
class Unwire:
    """Take such a wire away."""

    from_: str
    port: str
    to: str


@dataclass(frozen=True, slots=True)
class Move:
    """Where a person put a node on the canvas; None is automatic. Concerns the layout file only."""

    node: str
    position: Mapping[str, float] | None


@dataclass(frozen=True, slots=True)
class Paste:
    """Add every node that a text holds under free names, and the connections beside them that the flow lacks."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplaceText:
    """Take another text, as long as it can be read as YAML."""

    text: str


Operation = Set | Add | Delete | Rename | Wire | Unwire | Move | Paste | ReplaceText

_KINDS: dict[str, type[Any]] = {
    "set": Set, "add": Add, "delete": Delete, "rename": Rename, "wire": Wire, "unwire": Unwire, "move": Move,
    "paste": Paste, "replace_text": ReplaceText,
}  # fmt: skip


def read_operations(raw: Any) -> list[Operation]:
    """Operations from their JSON form. Raises ValueError that says which one is wrong and how."""
    if not isinstance(raw, list) or len(raw) > MAX_OPERATIONS:
        raise ValueError(f"operations is a list of at most {MAX_OPERATIONS}")
    return [_operation(item, f"operations.{index}") for index, item in enumerate(raw)]


def _operation(raw: Any, place: str) -> Operation:
    kind = _KINDS.get(str(raw.get("op"))) if isinstance(raw, dict) else None
    if kind is None:
        raise ValueError(f"{place}.op is one of {', '.join(_KINDS)}")
    given = {"from_" if key == "from" else key: value for key, value in raw.items() if key != "op"}
    needed = {field.name for field in fields(kind)} - {"free", "position" if kind is Add else ""}
    if missing := needed - given.keys():
        raise ValueError(f"{place} needs {', '.join(sorted(missing)).replace('from_', 'from')}")
    if unknown := given.keys() - {field.name for field in fields(kind)}:
        raise ValueError(f"{place} has no {', '.join(sorted(unknown))}")
    for key, value in given.items():
        _check(key, value, f"{place}.{key.rstrip('_')}")
    if "path" in given:
        given["path"] = tuple(given["path"])
    operation: Operation = kind(**given)
    return operation


def _check(key: str, value: Any, place: str) -> None:
    if key == "path":
        if not isinstance(value, list | tuple) or not value or not all(type(step) in (str, int) for step in value):
            raise ValueError(f"{place} is a list of keys and indexes, not empty")
    elif key == "position":
        if value is not None and not _is_position(value):
            raise ValueError(f"{place} is {{x, y}} in numbers, or null")
    elif key == "free":
        if not isinstance(value, bool):
            raise ValueError(f"{place} is true or false")
    elif key != "value" and not isinstance(value, str):
        raise ValueError(f"{place} is text")


def _is_position(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"x", "y"}
        and all(type(number) in (int, float) and abs(number) < 1e9 for number in value.values())
    )
