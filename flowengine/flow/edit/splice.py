"""From one step to the characters that change: splices of a document's text, computed from the places of its nodes."""

from __future__ import annotations

from typing import Any, NamedTuple

from flowengine.flow.document import Alias, Document, Mapping, Node, Path, Scalar, Sequence
from flowengine.flow.document.data import lookup
from flowengine.flow.edit import render
from flowengine.flow.edit.operations import EditRefused
from flowengine.flow.edit.source import Source, is_inline
from flowengine.flow.edit.steps import Insert, Put, Remove, RenameKey, Step, Substitute, spoken


class Splice(NamedTuple):
    """Characters `start` to `end` become `text`."""

    start: int
    end: int
    text: str


class Place(NamedTuple):
    """A value in its text: its key (an item has none), the collection around it, whether that is in flow style."""

    key: Node | None
    node: Node
    parent: Mapping | Sequence
    inside: bool


class Splicer:
    """Computes splices over one document; all of them refer to its text."""

    def __init__(self, document: Document):
        self.source = Source(document)
        self.text = document.text
        self.root = document.root

    def splices(self, step: Step) -> list[Splice]:
        """The splices of `step`, whose path no alias crosses. Raises EditRefused."""
        if isinstance(step, Put):
            return [self._put(step.path, step.value)]
        if isinstance(step, Insert):
            return [self._insert(step.path, step.value)]
        if isinstance(step, Remove):
            return [self._remove(step.path)]
        return [self._rename(step) if isinstance(step, RenameKey) else self._substitute(step)]

    def place(self, path: Path) -> Place | None:
        """Where `path` is written, None where it is not."""
        node, place, inside = self.root, None, False
        for step in path:
            found = lookup(node, step, own=True)
            if found is None or not isinstance(node, Mapping | Sequence):
                return None
            inside = inside or node.flow
            place = Place(found[0], found[1], node, inside)
            node = found[1]
        return place

    def _put(self, path: Path, value: Any) -> Splice:
        if not path:
            return self._put_root(value)
        place = self.place(path)
        if place is not None:
            return self._replace(place, value)
        parent = self.place(path[:-1]) if len(path) > 1 else None
        node = parent.node if parent else self.root
        key = path[-1]
        if isinstance(node, Mapping) and isinstance(key, str):
            if node.pairs:
                return self._append_pair(node, key, value, bool(parent and parent.inside))
            return self._put(path[:-1], {key: value})
        if isinstance(node, Sequence):
            return self._append_item(node, value) if node.items else self._put(path[:-1], [value])
        if node is None or (isinstance(node, Scalar) and not node.text):
            return self._put(path[:-1], {key: value} if isinstance(key, str) else [value])
        raise EditRefused(f"{spoken(path[:-1])} holds neither keys nor items")

    def _put_root(self, value: Any) -> Splice:
        end = len(self.text)
        if self.root is not None and not (isinstance(self.root, Mapping) and not self.root.pairs):
            raise EditRefused("the whole file is replaced as text")
        if not isinstance(value, dict) or not value:
            raise EditRefused("a flow file is a map")
        style = self.source.style
        lines = [
            render.key_text(key) + ":" + render.after(item, 0, style) + style.line_end for key, item in value.items()
        ]
        start = self.root.start if self.root is not None else end
        lead = style.line_end if start and self.text[start - 1] != "\n" else ""
        return Splice(start, self.root.end if self.root is not None else end, lead + "".join(lines))

    def _replace(self, place: Place, value: Any) -> Splice:
        source, node = self.source, place.node
        quote = node.style if isinstance(node, Scalar) and node.style in ("'", '"') and isinstance(value, str) else ""
        anchored = isinstance(node, Scalar) and not isinstance(value, dict | list)
        start = source.bare_start(node) if anchored else node.start
        opening = self._opening(place)
        if place.inside:
            return self._spaced(start, node.end, render.flow(value, quote), opening)
        mark = source.dash(node) if place.key is None else place.key.start
        flat = node.flow if isinstance(node, Mapping | Sequence) else None
        column = source.column(mark)
        text = render.after(value, column, source.style, item=place.key is None, flat=flat, quote=quote)
        head, newline, body = text.partition(source.style.line_end)
        if is_inline(node) and not newline:
            return self._spaced(start, node.end, text[1:], opening)
        comment = source.comment_between(opening, node.start if not is_inline(node) else start)
        stop = source.line_stop(node.end)
        if is_inline(node) and not comment:
            comment = self.text[node.end : stop].rstrip()
        elif isinstance(node, Scalar) and not is_inline(node):
            comment = source.comment_between(node.start + len(self._header(node)), node.end)
        if comment and place.key is None and head.strip():
            comment = ""  # `- a: 1` has no room for the comment of a value that is gone
        return Splice(opening, stop, head + comment + newline + body)

    def _header(self, node: Scalar) -> str:
        return self.text[node.start : self.source.line_stop(node.start)].split("#", 1)[0].rstrip()

    def _opening(self, place: Place) -> int:
        """Right after the sign that introduces a value: colon, dash, or nothing inside `[]`."""
        if place.key is None:
            return place.node.start if place.inside else self.source.dash(place.node) + 1
        return self.source.after_colon(place.key) if self.text[place.key.end : place.node.start] else place.key.end

    def _spaced(self, start: int, end: int, text: str, opening: int) -> Splice:
        if (start == opening and self.text[start - 1 : start] == ":") or (
            start == opening and start == end and self.text[start - 1 : start] == "-"
        ):
            text = " " + text
        elif start == opening and start == end:
            text = ": " + text
        return Splice(start, end, text)

    def _append_pair(self, node: Mapping, key: str, value: Any, inside: bool) -> Splice:
        last_key, last = node.pairs[-1]
        end = max(last_key.end, last.end)
        if node.flow or inside:
            return self._append_flow(node, end, f"{render.key_text(key, inside=True)}: {render.flow(value)}", "}")
        source = self.source
        first = node.pairs[0][0]
        if source.text[source.line_start(first.start) : first.start].lstrip(" -"):
            raise EditRefused(f"the map at {source.said(first.start)} begins inside a line")
        column = source.column(first.start)
        flat = last.flow if isinstance(last, Mapping | Sequence) and isinstance(value, dict | list) else None
        entry = render.key_text(key) + ":" + render.after(value, column, source.style, flat=flat)
        gap = source.style.line_end if self._is_airy(node) else ""
        return self._append_line(end, column, entry, gap)

    def _is_airy(self, node: Mapping) -> bool:
        """Whether a blank line parts the last two entries."""
        if len(node.pairs) < 2:
            return False
        first = self.source.lines_of(node.pairs[-1][0].start, node.end)[0]
        return first > 0 and self.source.is_blank(self.source.line_start(first - 1))

    def _append_line(self, end: int, column: int, entry: str, gap: str = "") -> Splice:
        if not self.source.ends_line(end):
            raise EditRefused(f"something follows on {self.source.said(end)}")
        at = self.source.next_line(end)
        line_end = self.source.style.line_end
        ended = self.text[at - 1 : at] == "\n"
        entry = gap + " " * column + entry
        return Splice(at, at, entry + line_end if ended else line_end + entry)

    def _append_flow(self, node: Mapping | Sequence, end: int, entry: str, closing: str) -> Splice:
        if self.text[node.end - 1] != closing:
            raise EditRefused(f"a pair without braces at {self.source.said(node.start)} takes no more keys")
        return Splice(end, end, ", " + entry)

    def _append_item(self, node: Sequence, value: Any) -> Splice:
        last = node.items[-1]
        if node.flow:
            return self._append_flow(node, last.end, render.flow(value), "]")
        column = self.source.column(self.source.dash(node.items[0]))
        flat = last.flow if isinstance(last, Mapping | Sequence) and isinstance(value, dict | list) else None
        return self._append_line(
            last.end, column, "-" + render.after(value, column, self.source.style, item=True, flat=flat)
        )

    def _insert(self, path: Path, value: Any) -> Splice:
        place = self.place(path)
        if place is None:
            return self._put(path, value)
        if not isinstance(place.parent, Sequence):
            raise EditRefused(f"{spoken(path)} is not an item of a list")
        if place.inside:
            return Splice(place.node.start, place.node.start, render.flow(value) + ", ")
        source, dash = self.source, self.source.dash(place.node)
        if not source.begins_line(dash):
            raise EditRefused(f"the list at {source.said(dash)} begins inside a line")
        flat = (
            place.node.flow if isinstance(place.node, Mapping | Sequence) and isinstance(value, dict | list) else None
        )
        entry = "-" + render.after(value, source.column(dash), source.style, item=True, flat=flat)
        first = source.lines_of(dash, place.node.end)[0]
        return Splice(first, first, " " * source.column(dash) + entry + source.style.line_end)

    def _remove(self, path: Path) -> Splice:
        place = self.place(path)
        if place is None:
            raise EditRefused(f"there is no {spoken(path)}")
        entries = self._entries(place.parent)
        if len(entries) == 1:
            return self._put(path[:-1], {} if isinstance(place.parent, Mapping) else [])
        index = next(i for i, (_, node) in enumerate(entries) if node is place.node)
        start, end = self._extent(place.parent, index)
        if place.inside:
            return self._remove_flow(place.parent, index, start, end)
        if self.source.begins_line(start):
            if not self.source.ends_line(end):
                raise EditRefused(f"something follows on {self.source.said(end)}")
            return Splice(*self.source.without_double_blank(*self.source.lines_of(start, end)), "")
        return self._pull_up(place.parent, start, end, self._extent(place.parent, index + 1)[0] if not index else start)

    def _pull_up(self, parent: Mapping | Sequence, start: int, end: int, following: int) -> Splice:
        """The first entry stands behind a dash: the next one takes its place, with the comments above it."""
        if following == start or not self.source.ends_line(end):
            raise EditRefused(f"the entry at {self.source.said(start)} shares its line")
        comment = self.text.find("#", self.source.next_line(end), following)
        return Splice(start, following if comment < 0 else comment, "")

    def _entries(self, parent: Mapping | Sequence) -> list[tuple[Node | None, Node]]:
        return [*parent.pairs] if isinstance(parent, Mapping) else [(None, item) for item in parent.items]

    def _extent(self, parent: Mapping | Sequence, index: int) -> tuple[int, int]:
        key, node = self._entries(parent)[index]
        if key is not None:
            return key.start, max(key.end, node.end)
        return (node.start if parent.flow else self.source.dash(node)), node.end

    def _remove_flow(self, parent: Mapping | Sequence, index: int, start: int, end: int) -> Splice:
        entries = self._entries(parent)
        comma = self.text[end : end + 1] == ","
        if self.source.begins_line(start) and self.source.ends_line(end + comma) and (comma or index):
            first, last = self.source.lines_of(start, end)
            if self.source.begins_line(parent.end - 1) or index < len(entries) - 1:
                return Splice(first, last, "")
        if index < len(entries) - 1:
            return Splice(start, self._extent(parent, index + 1)[0], "")
        return Splice(self._extent(parent, index - 1)[1], end, "")

    def _rename(self, step: RenameKey) -> Splice:
        place = self.place(step.path)
        if place is None or not isinstance(place.key, Scalar):
            raise EditRefused(f"the key {spoken(step.path)} is not written here")
        quote = place.key.style if place.key.style in ("'", '"') else ""
        start = self.source.bare_start(place.key)
        return Splice(start, place.key.end, render.key_text(step.new, quote, place.inside))

    def _substitute(self, step: Substitute) -> Splice:
        place = self.place(step.path)
        if place is None or isinstance(place.node, Alias):
            raise EditRefused(f"{spoken(step.path)} is not written here")
        start, end = place.node.start, place.node.end
        return Splice(start, end, step.pattern.sub(step.new, self.text[start:end]))
