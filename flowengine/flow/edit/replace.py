"""Splices that put another value in the place of one, keeping its comment and its quotes."""

from __future__ import annotations

import re
from typing import Any

from flowengine.flow.document import Scalar
from flowengine.flow.edit import render
from flowengine.flow.edit.places import Entry, Splice
from flowengine.flow.edit.source import Source, flatness, is_inline

_COMMENT = re.compile(r"[ \t]+#[^\r\n]*")


def replaced(source: Source, place: Entry, value: Any) -> Splice:
    """The splice that writes `value` where another value stands."""
    node = place.node
    quote = node.style if isinstance(node, Scalar) and node.style in ("'", '"') and isinstance(value, str) else ""
    anchored = isinstance(node, Scalar) and not isinstance(value, dict | list)
    start = source.bare_start(node) if anchored else node.start
    opening = _opening(source, place)
    if place.inside:
        return _spaced(source, start, node.end, render.flow(value, quote), opening)
    mark = source.dash(node) if place.key is None else place.key.start
    column = source.column(mark)
    text = render.after(value, column, source.style, item=place.key is None, flat=flatness(node, value), quote=quote)
    head, newline, body = text.partition(source.style.line_end)
    if is_inline(node) and not newline:
        return _spaced(source, start, node.end, text[1:], opening)
    comment = _comment_between(source, opening, node.start if not is_inline(node) else start)
    stop = source.line_stop(node.end)
    if is_inline(node) and not comment:
        comment = source.text[node.end : stop].rstrip()
    elif isinstance(node, Scalar) and not is_inline(node):
        comment = _comment_between(source, node.start + len(_header(source, node)), node.end)
    if comment and place.key is None and head.strip():
        comment = ""  # `- a: 1` has no room for the comment of a value that is gone
    return Splice(opening, stop, head + comment + newline + body)


def _header(source: Source, node: Scalar) -> str:
    return source.text[node.start : source.line_stop(node.start)].split("#", 1)[0].rstrip()


def _opening(source: Source, place: Entry) -> int:
    """Right after the sign that introduces a value: colon, dash, or nothing inside `[]`."""
    if place.key is None:
        return place.node.start if place.inside else source.dash(place.node) + 1
    return source.after_colon(place.key) if source.text[place.key.end : place.node.start] else place.key.end


def _spaced(source: Source, start: int, end: int, text: str, opening: int) -> Splice:
    if (start == opening and source.text[start - 1 : start] == ":") or (
        start == opening and start == end and source.text[start - 1 : start] == "-"
    ):
        text = " " + text
    elif start == opening and start == end:
        text = ": " + text
    return Splice(start, end, text)


def _comment_between(source: Source, start: int, end: int) -> str:
    """The comment that follows `start` on its line before `end`, with its spaces; else nothing."""
    match = _COMMENT.match(source.text, start)
    return match[0] if match and match.end() <= end else ""
