"""The nodes of a YAML text with the characters they occupy, built from the parser's events. Interprets no scalar.

Events are read instead of composed nodes because only they tell where an alias stands, and because reading stops at a
limit before anything of the excess is built.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from flowengine.flow.document.mends import mend

MAX_DEPTH = 32
MAX_NODES = 200_000

Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Broken(Exception):
    """The text is no YAML, or more of it than is read; `start` and `end` are character offsets."""

    def __init__(self, message: str, start: int, end: int | None = None):
        super().__init__(message)
        self.message, self.start, self.end = message, start, start + 1 if end is None else end


@dataclass(slots=True, eq=False)
class Node:
    """Characters `start` to `end` of the text, with anchor and tag, without a comment or blank line after it."""

    start: int
    end: int
    anchor: str | None = None
    tag: str | None = None


@dataclass(slots=True, eq=False)
class Scalar(Node):
    """A scalar; `style` is its quote or block sign, empty when it is plain."""

    text: str = ""
    style: str = ""


@dataclass(slots=True, eq=False)
class Sequence(Node):
    """A list, in `[]` if `flow`."""

    items: list[Node] = field(default_factory=list)
    flow: bool = False


@dataclass(slots=True, eq=False)
class Mapping(Node):
    """A map, in `{}` if `flow`, as pairs of key and value: keys may repeat here."""

    pairs: list[tuple[Node, Node]] = field(default_factory=list)
    flow: bool = False
    by_name: dict[str, tuple[Node, Node]] | None = field(default=None, repr=False)
    """The last pair of each name, once somebody looked for one."""


@dataclass(slots=True, eq=False)
class Alias(Node):
    """`*name`; `target` is what the anchor of that name holds at this place."""

    target: Node = field(default_factory=lambda: Node(0, 0))


Collection = Sequence | Mapping


def grow(text: str) -> Node | None:
    """The root of the only document in `text`, None when it is empty. Raises Broken."""
    return _Growth(text).run()


class _Growth:
    def __init__(self, text: str):
        self.text = text
        self.open: list[Collection] = []
        self.keys: list[Node | None] = []
        self.anchors: dict[str, Node] = {}
        self.root: Node | None = None
        self.count = 0

    def run(self) -> Node | None:
        parser = Parser(self.text)
        try:
            self._read(parser.get_event)
        except yaml.MarkedYAMLError as fault:
            raise _broken(fault, self.text) from None
        except yaml.YAMLError as fault:  # the reader's errors carry no mark
            raise Broken(str(fault).splitlines()[0], 0) from None
        finally:
            parser.dispose()
        return self.root

    def _read(self, next_event: Callable[[], Any]) -> None:
        started = False
        while True:
            event = next_event()
            if isinstance(event, yaml.ScalarEvent):
                self._put(self._scalar(event))
            elif isinstance(event, yaml.CollectionStartEvent):
                self._enter(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._leave(event)
            elif isinstance(event, yaml.AliasEvent):
                self._put(self._alias(event))
            elif isinstance(event, yaml.DocumentStartEvent):
                mark: Any = event.start_mark
                if started:
                    raise Broken("a file holds one document; remove what follows `---`", mark.index)
                started = True
            elif isinstance(event, yaml.StreamEndEvent):
                return

    def _scalar(self, event: Any) -> Scalar:
        start, end, style = event.start_mark.index, event.end_mark.index, event.style or ""
        if style in ("|", ">"):
            end = self._block_end(start, end)
        return Scalar(start, end, event.anchor, event.tag, event.value, style)

    def _block_end(self, start: int, end: int) -> int:
        """Blank lines after a block scalar belong to it only where `+` keeps them."""
        source = self.text[start:end]
        header = source.split("\n", 1)[0].split("#", 1)[0]
        if "+" in header.split()[-1]:
            return start + len(source.removesuffix("\n").removesuffix("\r"))
        return start + len(source.rstrip())

    def _alias(self, event: Any) -> Alias:
        start, end = event.start_mark.index, event.end_mark.index
        target = self.anchors.get(event.anchor)
        if target is None:
            raise Broken(f"the anchor &{event.anchor} is not defined above", start, end)
        if any(target is collection for collection in self.open):
            raise Broken(f"*{event.anchor} would contain itself", start, end)
        return Alias(start, end, target=target)

    def _enter(self, event: Any) -> None:
        kind = Mapping if isinstance(event, yaml.MappingStartEvent) else Sequence
        start, end = event.start_mark.index, event.end_mark.index
        node = kind(start, end, event.anchor, event.tag, flow=bool(event.flow_style))
        if len(self.open) == MAX_DEPTH:
            raise Broken(f"nested deeper than {MAX_DEPTH} levels", start)
        self._put(node)
        self.open.append(node)
        self.keys.append(None)

    def _leave(self, event: Any) -> None:
        node = self.open.pop()
        self.keys.pop()
        if node.flow and self.text[event.start_mark.index : event.end_mark.index] in ("]", "}"):
            node.end = event.end_mark.index
        elif isinstance(node, Mapping):
            node.end = max(node.pairs[-1][0].end, node.pairs[-1][1].end) if node.pairs else node.end
        else:
            node.end = node.items[-1].end if node.items else node.end

    def _put(self, node: Node) -> None:
        self.count += 1
        if self.count > MAX_NODES:
            raise Broken(f"more than {MAX_NODES} values in one file", node.start)
        if node.anchor is not None:
            self.anchors[node.anchor] = node
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif (key := self.keys[-1]) is None:
            self.keys[-1] = node
        else:
            parent.pairs.append((key, node))
            self.keys[-1] = None


def _broken(fault: yaml.MarkedYAMLError, text: str) -> Broken:
    mark: Any = fault.problem_mark or fault.context_mark
    began: Any = fault.context_mark
    at = min(mark.index, len(text)) if mark else 0
    return Broken(*mend(fault.problem or fault.context or "not YAML", text, at, began.index if began else None))
