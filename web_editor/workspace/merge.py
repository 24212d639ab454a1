"""Three texts of one flow made one, node by node: what only one side changed is taken. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowengine.flow.document import Document
from flowengine.flow.edit import Add, Delete, EditRefused, Operation, Set, apply
from flowengine.flow.edit.lines import entry_as_yaml
from flowengine.flow.edit.steps import same
from web_editor.problems import Fault
from web_editor.workspace import schemas

BY_ENTRY = ("nodes", "connections", "vars", "pages")
"""Sections that are compared entry by entry; the others as a whole."""

_GONE = object()
Change = tuple[tuple[str | int, ...], Any, Any, Any]


def merge(base: str, mine: str, theirs: str) -> schemas.Merged:
    """`theirs` with what only `mine` changed since `base`. Raises `Fault` for a text that is not a YAML map."""
    if base == theirs or mine == theirs:
        return schemas.Merged(mine, True, [])
    if base == mine:
        return schemas.Merged(theirs, True, [])
    before, wanted, there = (_data(text, name) for text, name in ((base, "base"), (mine, "mine"), (theirs, "theirs")))
    text, conflicts = theirs, list[schemas.Conflict]()
    for path, old, new, other in _changes(before, wanted, there):
        if _same(new, old) or _same(new, other):
            continue
        if not _same(other, old):
            conflicts.append(_conflict(path, old, new, other))
            continue
        try:
            text = apply(text, [_operation(path, old, new)]).text
        except EditRefused:
            conflicts.append(_conflict(path, old, new, other))
    return schemas.Merged(text, not conflicts, conflicts)


def _data(text: str, name: str) -> dict[str, Any]:
    document = Document.parse(text, name)
    if document.problems and document.data is None:
        raise Fault("refused", f"{name}: line {document.problems[0].line}: {document.problems[0].message}")
    if document.data is not None and not isinstance(document.data, dict):
        raise Fault("refused", f"{name} is not a map")
    return document.data or {}


def _changes(base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]) -> Iterator[Change]:
    for section in dict.fromkeys([*base, *mine, *theirs]):
        parts = [data.get(section, _GONE) for data in (base, mine, theirs)]
        if section in BY_ENTRY and all(isinstance(part, dict) for part in parts):
            old, new, other = parts
            for key in dict.fromkeys([*old, *new, *other]):
                yield (section, key), old.get(key, _GONE), new.get(key, _GONE), other.get(key, _GONE)
        else:
            yield (section,), parts[0], parts[1], parts[2]


def _operation(path: tuple[str | int, ...], old: Any, new: Any) -> Operation:
    if new is _GONE:
        return Delete(path)
    return Add(path, new) if old is _GONE else Set(path, new)


def _same(one: Any, other: Any) -> bool:
    """Equal with their types: 1 and true are different values."""
    return one is other or (one is not _GONE and other is not _GONE and same(one, other))


def _conflict(path: tuple[str | int, ...], old: Any, new: Any, other: Any) -> schemas.Conflict:
    name, sides = str(path[-1]), (old, new, other)
    base, mine, theirs = (None if side is _GONE else entry_as_yaml(name, side) for side in sides)
    return schemas.Conflict(list(path), base, mine, theirs, None if new is _GONE else new)
