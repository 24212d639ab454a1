"""Many of the same: reads `for_each`, which makes one node (or widget) of a flow several, each with values of its own.

Knows names and values; what they are put into is the parser's concern.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flowengine.catalog.flow_file import NAME
from flowengine.counts import count_of
from flowengine.flow.document import Document, scalar
from flowengine.flow.table import table_of

MOST_NODES = 10_000
"""Nodes of a flow once all are made."""

MOST_WIRES = 100_000

Beside = Callable[[str], bytes | None]
"""The content of a file beside the flow; None when there is none of that name. Raises ValueError for one too large."""

Instances = dict[str, dict[str, Any]]
"""Values by the name of the instance."""


def instances_of(given: Any, beside: Beside | None) -> Instances:
    """The instances that `for_each` names: a map, a list of names, or a CSV or YAML file. Raises ValueError."""
    if isinstance(given, str):
        return _of_file(given, beside)
    if isinstance(given, dict):
        return {_name(name): _values(name, values) for name, values in given.items()}
    if not isinstance(given, list):
        raise ValueError("for_each is a map from names to values, a list of names, or a file beside the flow")
    return _unique((name, {}) for name in given)


def _name(name: Any) -> str:
    word = str(name)
    if isinstance(name, bool) or not isinstance(name, str | int) or not NAME.fullmatch(word):
        raise ValueError(f"for_each: {word[:40]!r} is no name; names have letters, digits, _ and - only, at most 64")
    return word


def _values(name: Any, values: Any) -> dict[str, Any]:
    """A single value is `${value}`."""
    if values is None:
        return {}
    if not isinstance(values, dict):
        return {"value": values}
    if "each" in values:
        raise ValueError(f"for_each: {name} has a value called `each`, which is its own name; choose another")
    return values


def _unique(pairs: Iterator[tuple[Any, dict[str, Any]]]) -> Instances:
    found: Instances = {}
    for name, values in pairs:
        word = _name(name)
        if word in found:
            raise ValueError(f"for_each: {word!r} stands twice")
        found[word] = values
    return found


def _of_file(name: str, beside: Beside | None) -> Instances:
    if not name.endswith((".csv", ".yaml", ".yml")):
        raise ValueError("for_each: a file is called NAME.csv or NAME.yaml; a list of names is written [a, b]")
    try:
        content = beside(name) if beside is not None else None
    except ValueError as fault:
        raise ValueError(f"for_each: {fault}") from None
    if content is None:
        raise ValueError(f"for_each: there is no file {name!r} beside the flow")
    if name.endswith(".csv"):
        return _of_csv(content, name)
    document = Document.parse(content, name)
    if document.problems:
        raise ValueError(f"for_each: {document.problems[0]}")
    if isinstance(document.data, str):
        raise ValueError(f"for_each: {name} holds neither a map nor a list")
    return instances_of(document.data, None)


def _of_csv(content: bytes, name: str) -> Instances:
    """The first column names the instances, the first line the values; cells mean what they would in YAML."""
    try:
        header, rows = table_of(content, name)
        found = list(rows)
    except ValueError as fault:
        raise ValueError(f"for_each: {fault}") from None
    return _unique(_row(number, row, header) for number, row in found)


def _row(number: int, row: list[str], header: list[str]) -> tuple[str, dict[str, Any]]:
    if len(row) != len(header):
        raise ValueError(f"for_each: line {number} has {count_of(len(row), 'cell')}, the first line {len(header)}")
    return row[0], {name: scalar(cell) for name, cell in zip(header[1:], row[1:], strict=True)}


def resolved(target: str, source: tuple[str, str], templates: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The nodes that a wire to `target` leads to: all of a template, or the one of the same name between two alike.

    `source` is the template and name of the node that the wire leaves, both empty for a node of its own.
    """
    keys = templates.get(target)
    if keys is None:
        return (target,)
    template, key = source
    if template and set(templates[template]) == set(keys):
        return (f"{target}.{key}",)
    return tuple(f"{target}.{each}" for each in keys)
