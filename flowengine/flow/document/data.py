"""From nodes to plain data: core scalars, string keys only, aliases and merge keys written out, within a bound."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flowengine.flow.document.mends import COMMENT, cut_off, is_lost, no_space, odd_space
from flowengine.flow.document.scalars import scalar, tagged
from flowengine.flow.document.tree import MAX_DEPTH, MAX_NODES, Alias, Broken, Mapping, Node, Scalar, Sequence

Path = tuple[str | int, ...]
_WORD = re.compile(r"[\w./ -]*")
_MAP_TAGS = (None, "!", "tag:yaml.org,2002:map")
_LIST_TAGS = (None, "!", "tag:yaml.org,2002:seq")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with characters `start` to `end`."""

    message: str
    start: int
    end: int
    path: Path
    hint: str = ""


def is_merge(key: Node) -> bool:
    """Whether a key is `<<`, which takes in the keys of another map."""
    return isinstance(key, Scalar) and key.text == "<<" and not key.style and key.tag is None


def target(node: Node) -> Node:
    """The node itself, or what an alias stands for."""
    while isinstance(node, Alias):
        node = node.target
    return node


def merged(node: Node) -> list[Node]:
    """The maps that the value of `<<` takes in, the first wins."""
    node = target(node)
    return [target(item) for item in node.items] if isinstance(node, Sequence) else [node]


def lookup(node: Node | None, step: str | int, own: bool = False) -> tuple[Node | None, Node] | None:
    """Key and value (an item has no key) one step below `node`; with `own`, merge keys are not followed."""
    node = target(node) if node is not None else None
    if isinstance(node, Sequence) and isinstance(step, int):
        return (None, node.items[step]) if 0 <= step < len(node.items) else None
    if not isinstance(node, Mapping):
        return None
    if node.by_name is None:
        node.by_name = {
            key.text: (key, value) for key, value in node.pairs if isinstance(key, Scalar) and not is_merge(key)
        }
    if isinstance(step, str) and (pair := node.by_name.get(step)) is not None:
        return pair
    sources = [] if own else [source for key, value in node.pairs if is_merge(key) for source in merged(value)]
    return next((found for source in sources if (found := lookup(source, step))), None)


def _is_rest(key: Node, value: Node) -> bool:
    """Whether a key without a value, inside `{ }`, is what a comma cut off an unquoted expression."""
    alone = isinstance(value, Scalar) and not value.text and not value.style and value.start == value.end
    return alone and isinstance(key, Scalar) and not key.style and not _WORD.fullmatch(key.text)


class Data:
    """Builds the data of one document; nothing is shared between two places of it."""

    def __init__(self, text: str, said_at: Callable[[int], str]):
        self.text = text
        self.said_at = said_at
        self.faults: list[Fault] = []
        self.path: list[str | int] = []
        self.count = 0
        self.depth = 0

    def of(self, node: Node) -> Any:
        """The data of `node`. Raises Broken when aliases make more of it than is allowed."""
        self.count += 1
        if self.count > MAX_NODES:
            raise Broken(f"aliases make more than {MAX_NODES} values", node.start, node.end)
        if isinstance(node, Scalar):
            return self._scalar(node)
        if isinstance(node, Alias):
            return self.of(node.target)
        if self.depth == MAX_DEPTH:
            raise Broken(f"aliases nest deeper than {MAX_DEPTH} levels", node.start, node.end)
        self.depth += 1
        built = self._mapping(node) if isinstance(node, Mapping) else self._sequence(node)
        self.depth -= 1
        return built

    def report(self, message: str, node: Node, hint: str = "") -> None:
        """Note a fault of `node`, at the path that is being built."""
        self.faults.append(Fault(message, node.start, node.end, tuple(self.path), hint))

    def _scalar(self, node: Scalar) -> Any:
        if not node.style:
            self._look_at(node)
        try:
            if node.tag is not None:
                return tagged(node.text, node.tag)
            return node.text if node.style else scalar(node.text)
        except ValueError as fault:
            self.report(str(fault), node)
            return node.text

    def _look_at(self, node: Scalar) -> None:
        """Raises Broken where an unquoted text does not mean what it looks like."""
        if (odd := odd_space(node.text)) is not None:
            raise Broken(no_space(node.text[odd]), node.start + odd)
        if is_lost(self.text, node.end, not node.text):
            raise Broken(COMMENT, self.text.index("#", node.end))

    def _sequence(self, node: Node) -> list[Any]:
        assert isinstance(node, Sequence)
        if node.tag not in _LIST_TAGS:
            self.report(f"the tag {node.tag} is not part of YAML's core schema", node)
        built = []
        for index, item in enumerate(node.items):
            self.path.append(index)
            built.append(self.of(item))
            self.path.pop()
        return built

    def _mapping(self, node: Mapping) -> dict[str, Any]:
        if node.tag not in _MAP_TAGS:
            self.report(f"the tag {node.tag} is not part of YAML's core schema", node)
        built: dict[str, Any] = {}
        seen: dict[str, Node] = {}
        for key, value in node.pairs:
            if is_merge(key):
                self._merge(built, seen, value)
                continue
            name = self._key(key)
            self.path.append(name)
            if node.flow and _is_rest(key, value):
                self.report(cut_off(key.text if isinstance(key, Scalar) else ""), key)
                self.path.pop()
                continue
            if name in seen:
                self.report(f"{name!r} is here twice: it is also at {self.said_at(seen[name].start)}", key)
            seen[name] = key
            built[name] = self.of(value)
            self.path.pop()
        return built

    def _merge(self, built: dict[str, Any], seen: dict[str, Node], value: Node) -> None:
        taken: dict[str, Any] = {}
        for source in merged(value):
            if isinstance(source, Mapping):
                taken = {**self.of(source), **taken}
            else:
                self.report("`<<` takes a map or a list of maps", value)
        for name, item in taken.items():
            if name not in seen:
                built.setdefault(name, item)

    def _key(self, key: Node) -> str:
        plain = target(key)
        if not isinstance(plain, Scalar):
            self.report("a key is text, not a map or a list", key)
            return ""
        value = self._scalar(plain)
        if not isinstance(value, str):
            self.report("a key is text; put it in quotes", key, f'"{plain.text}"')
        return plain.text
