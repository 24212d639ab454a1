"""Dotted paths into nested maps: set and delete by making new maps. Never here: messages, expressions, reading."""

from collections.abc import Mapping, Sequence
from typing import Any


class NotAMap(ValueError):
    """A path leads through a value that has no keys."""


def with_value(root: Any, path: Sequence[str], value: Any) -> dict[str, Any]:
    """A copy of `root` with `value` at `path`; maps that are missing on the way are made. Raises NotAMap."""
    if not isinstance(root, Mapping):
        raise NotAMap(f"{path[0]!r} cannot be set in what is not a map")
    head, rest = path[0], path[1:]
    return {**root, head: with_value(root.get(head, {}), rest, value) if rest else value}


def without(root: Any, path: Sequence[str]) -> Any:
    """A copy of `root` that has nothing at `path`; `root` itself when there is nothing already."""
    head, rest = path[0], path[1:]
    if not isinstance(root, Mapping) or head not in root:
        return root
    if not rest:
        return {key: value for key, value in root.items() if key != head}
    inner = without(root[head], rest)
    return root if inner is root[head] else {**root, head: inner}
