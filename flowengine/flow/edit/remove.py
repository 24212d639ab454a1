"""Splices that take an entry out, with the comments that belong to it and no others. Never the only entry."""

from __future__ import annotations

from flowengine.flow.document import Mapping, Sequence
from flowengine.flow.edit.operations import EditRefused
from flowengine.flow.edit.places import Entry, Splice, entries, extent
from flowengine.flow.edit.source import Source


def removed(source: Source, place: Entry) -> Splice:
    """The splice that takes out one entry of several."""
    found = entries(place.parent)
    index = next(i for i, (_, node) in enumerate(found) if node is place.node)
    start, end = extent(source, place.parent, index)
    if place.inside:
        return _removed_flow(source, place.parent, index, start, end)
    if source.begins_line(start):
        if not source.ends_line(end):
            raise EditRefused(f"something follows on {source.line_of(end)}")
        first, last = source.lines_of(start, end)
        return Splice(first, source.past_blank(first, last, always=not index), "")
    return _pull_up(source, start, end, extent(source, place.parent, index + 1)[0] if not index else start)


def _pull_up(source: Source, start: int, end: int, following: int) -> Splice:
    """The first entry stands behind a dash: the next one takes its place, with the comments above it."""
    if following == start or not source.ends_line(end):
        raise EditRefused(f"the entry at {source.line_of(start)} shares its line")
    comment = source.text.find("#", source.next_line(end), following)
    return Splice(start, following if comment < 0 else comment, "")


def _removed_flow(source: Source, parent: Mapping | Sequence, index: int, start: int, end: int) -> Splice:
    last_index = len(entries(parent)) - 1
    comma = source.text[end : end + 1] == ","
    if source.begins_line(start) and source.ends_line(end + comma) and (comma or index):
        first, last = source.lines_of(start, end)
        if source.begins_line(parent.end - 1) or index < last_index:
            return Splice(first, last, "")
    if index < last_index:
        return Splice(start, extent(source, parent, index + 1)[0], "")
    return Splice(extent(source, parent, index - 1)[1], end, "")
