"""Where things stand in a text: lines, the comments of an entry, dashes, colons, the file's own style. No edits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowengine.flow.document import Alias, Document, Mapping, Node, Scalar, Sequence
from flowengine.flow.edit.operations import EditRefused
from flowengine.flow.edit.render import Style

_COLON = re.compile(r"[ \t]*:")
_ANCHOR = re.compile(r"&\S+[ \t]+")
_REST = re.compile(r"[ \t]*(#[^\r\n]*)?")


class Source:
    """The text of a document, asked for places."""

    def __init__(self, document: Document):
        self.document = document
        self.text = document.text
        self.style = _style(document)

    def line_start(self, index: int) -> int:
        """The first character of the line that holds `index`."""
        return self.text.rfind("\n", 0, index) + 1

    def line_stop(self, index: int) -> int:
        """The end of the line that holds `index`, before its line end."""
        end = self.text.find("\n", index)
        end = len(self.text) if end < 0 else end
        return end - 1 if end > index and self.text[end - 1 : end] == "\r" else end

    def next_line(self, index: int) -> int:
        """The first character after the line that holds `index`."""
        end = self.text.find("\n", index)
        return len(self.text) if end < 0 else end + 1

    def column(self, index: int) -> int:
        """Characters before `index` on its line."""
        return index - self.line_start(index)

    def begins_line(self, index: int) -> bool:
        """Whether only spaces stand before `index` on its line."""
        return not self.text[self.line_start(index) : index].strip(" ")

    def ends_line(self, index: int) -> bool:
        """Whether nothing but a comment follows `index` on its line."""
        match = _REST.match(self.text, index)
        return match is not None and match.end() >= self.line_stop(index)

    def is_blank(self, index: int) -> bool:
        """Whether the line that begins at `index` holds nothing."""
        return not self.text[index : self.next_line(index)].strip()

    def comment_column(self, index: int) -> int:
        """The column of the comment that fills the line beginning at `index`, or -1."""
        line = self.text[index : self.next_line(index)]
        bare = line.lstrip(" \t")
        return len(line) - len(bare) if bare.startswith("#") else -1

    def after_colon(self, key: Node) -> int:
        """Right after the colon of a key. Raises EditRefused for a `? key`."""
        match = _COLON.match(self.text, key.end)
        if match is None:
            raise EditRefused(f"the key at {self.line_of(key.start)} is written without its colon on the same line")
        return match.end()

    def line_of(self, index: int) -> str:
        """A place, for people."""
        return f"line {self.document.position(index, index).line}"

    def bare_start(self, node: Node) -> int:
        """Where a value starts behind its anchor."""
        match = _ANCHOR.match(self.text, node.start) if node.anchor and node.tag is None else None
        return match.end() if match and match.end() <= node.end else node.start

    def dash(self, item: Node) -> int:
        """The dash of an item of a block list: on its line, or on one above with nothing else but a comment."""
        line = self.line_start(item.start)
        index = self.text.rfind("-", line, max(item.start, line))
        if index >= 0 and not self.text[index + 1 : item.start].strip(" \t"):
            return index
        while line > 0:
            line = self.line_start(line - 1)
            bare = self.text[line : self.line_stop(line)].lstrip(" ")
            if bare.startswith("-"):
                return self.line_stop(line) - len(bare)
            if bare and not bare.startswith("#"):
                break
        raise EditRefused(f"no dash is found for the item at {self.line_of(item.start)}")

    def lines_of(self, start: int, end: int) -> tuple[int, int]:
        """Whole lines of the entry between `start` and `end`, with the comments that belong to it.

        Those are the comment lines directly above at its column, and those directly below that stand deeper.
        """
        column = self.column(start)
        first, last = self.line_start(start), self.next_line(end)
        while first > 0 and self.comment_column(self.line_start(first - 1)) == column:
            first = self.line_start(first - 1)
        while last < len(self.text) and self.comment_column(last) > column:
            last = self.next_line(last)
        return first, last

    def past_blank(self, first: int, last: int, always: bool) -> int:
        """`last`, past the blank lines below where a blank line above, or nothing, already parts the neighbours."""
        if always or first == 0 or self.is_blank(self.line_start(first - 1)):
            while last < len(self.text) and self.is_blank(last):
                last = self.next_line(last)
        return last


def _style(document: Document) -> Style:
    first = document.text.find("\n")
    line_end = "\r\n" if first > 0 and document.text[first - 1] == "\r" else "\n"
    indent = list_indent = None
    for column, value, child in _block_children(document, document.root, 0):
        if isinstance(value, Mapping):
            indent = indent or child - column
        else:
            list_indent = child - column if list_indent is None else list_indent
        if indent and list_indent is not None:
            break
    indent = indent if indent and indent > 0 else 2
    return Style(line_end, indent, list_indent if list_indent is not None and list_indent >= 0 else 2)


def _block_children(document: Document, node: Node | None, depth: int) -> Iterator[tuple[int, Node, int]]:
    """Column of the key, value, column of the value: for block values on lines of their own, outer ones first."""
    if not isinstance(node, Mapping) or node.flow or depth > 3:
        return
    for key, value in node.pairs:
        first = _first(value)
        if first is not None and "\n" in document.text[key.end : first]:
            yield _column(document.text, key.start), value, _column(document.text, first)
    for _, value in node.pairs:
        yield from _block_children(document, value, depth + 1)


def _first(value: Node) -> int | None:
    if isinstance(value, Mapping) and not value.flow and value.pairs:
        return value.pairs[0][0].start
    if isinstance(value, Sequence) and not value.flow and value.items and value.anchor is None:
        return value.start
    return None


def _column(text: str, index: int) -> int:
    return index - text.rfind("\n", 0, index) - 1


def flatness(node: Node, value: object) -> bool | None:
    """Whether `value` is to stand on one line because `node` does, or in a block; None where `node` is no example."""
    if not isinstance(value, dict | list):
        return None
    if isinstance(node, Mapping):
        return node.flow if node.pairs else None
    return node.flow if isinstance(node, Sequence) and node.items else None


def is_inline(node: Node) -> bool:
    """Whether a value has a place on the line of its key: neither a block collection nor a block scalar."""
    if isinstance(node, Scalar):
        return node.style not in ("|", ">")
    return isinstance(node, Alias) or (isinstance(node, Mapping | Sequence) and node.flow)
