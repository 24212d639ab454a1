"""Splices that add an entry to a map or a list that has some already, in the style of its neighbours."""

from __future__ import annotations

from typing import Any

from flowengine.flow.document import Mapping, Sequence
from flowengine.flow.edit import render
from flowengine.flow.edit.operations import EditRefused
from flowengine.flow.edit.places import Entry, Splice
from flowengine.flow.edit.source import Source, flatness


def appended_pair(source: Source, node: Mapping, key: str, value: Any, inside: bool) -> Splice:
    """The splice that writes a new last key; `inside` a flow-style collection."""
    last_key, last = node.pairs[-1]
    end = max(last_key.end, last.end)
    if node.flow or inside:
        return _append_flow(source, node, end, f"{render.key_text(key, inside=True)}: {render.flow(value)}", "}")
    first = node.pairs[0][0]
    if source.text[source.line_start(first.start) : first.start].lstrip(" -"):
        raise EditRefused(f"the map at {source.line_of(first.start)} begins inside a line")
    column = source.column(first.start)
    entry = render.key_text(key) + ":" + render.after(value, column, source.style, flat=flatness(last, value))
    gap = source.style.line_end if _is_airy(source, node) else ""
    return _append_line(source, end, column, entry, gap)


def _is_airy(source: Source, node: Mapping) -> bool:
    """Whether a blank line parts the last two entries."""
    if len(node.pairs) < 2:
        return False
    first = source.lines_of(node.pairs[-1][0].start, node.end)[0]
    return first > 0 and source.is_blank(source.line_start(first - 1))


def _append_line(source: Source, end: int, column: int, entry: str, gap: str = "") -> Splice:
    if not source.ends_line(end):
        raise EditRefused(f"something follows on {source.line_of(end)}")
    at = source.next_line(end)
    line_end = source.style.line_end
    ended = source.text[at - 1 : at] == "\n"
    entry = gap + " " * column + entry
    return Splice(at, at, entry + line_end if ended else line_end + entry)


def _append_flow(source: Source, node: Mapping | Sequence, end: int, entry: str, closing: str) -> Splice:
    if source.text[node.end - 1] != closing:
        raise EditRefused(f"a pair without braces at {source.line_of(node.start)} takes no more keys")
    return Splice(end, end, ", " + entry)


def appended_item(source: Source, node: Sequence, value: Any) -> Splice:
    """The splice that writes a new last item."""
    last = node.items[-1]
    if node.flow:
        return _append_flow(source, node, last.end, render.flow(value), "]")
    column = source.column(source.dash(node.items[0]))
    return _append_line(
        source, last.end, column, "-" + render.after(value, column, source.style, item=True, flat=flatness(last, value))
    )


def inserted(source: Source, place: Entry, value: Any) -> Splice:
    """The splice that writes an item before the one at `place`."""
    if place.inside:
        return Splice(place.node.start, place.node.start, render.flow(value) + ", ")
    dash = source.dash(place.node)
    if not source.begins_line(dash):
        raise EditRefused(f"the list at {source.line_of(dash)} begins inside a line")
    entry = "-" + render.after(value, source.column(dash), source.style, item=True, flat=flatness(place.node, value))
    first = source.lines_of(dash, place.node.end)[0]
    return Splice(first, first, " " * source.column(dash) + entry + source.style.line_end)
