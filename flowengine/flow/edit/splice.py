"""From one step to the characters that change: splices of a document's text, computed from the places of its nodes."""

from __future__ import annotations

from typing import Any

from flowengine.flow.document import Alias, Document, Mapping, Path, Scalar, Sequence
from flowengine.flow.edit import render
from flowengine.flow.edit.append import appended_item, appended_pair, inserted
from flowengine.flow.edit.operations import EditRefused
from flowengine.flow.edit.places import Entry, Splice, entries, place_at
from flowengine.flow.edit.remove import removed
from flowengine.flow.edit.replace import replaced
from flowengine.flow.edit.source import Source
from flowengine.flow.edit.steps import Insert, Put, Remove, RenameKey, Step, Substitute, spoken


class Splicer:
    """Computes splices over one document; all of them refer to its text."""

    def __init__(self, document: Document):
        self.source = Source(document)
        self.text = document.text
        self.root = document.root

    def has_lines(self, path: Path) -> bool:
        """Whether each entry of the map at `path` stands on lines of its own."""
        place = place_at(self.root, path)
        node = place.node if place else self.root
        if not isinstance(node, Mapping) or node.flow or not node.pairs:
            return False
        return self.source.begins_line(node.pairs[0][0].start)

    def splice(self, step: Step) -> Splice:
        """The splice of `step`, whose path no alias crosses. Raises EditRefused."""
        if isinstance(step, Put):
            return self._put(step.path, step.value)
        place = place_at(self.root, step.path)
        if isinstance(step, Insert):
            return inserted(self.source, place, step.value) if place else self._put(step.path, step.value)
        if place is None:
            raise EditRefused(f"{spoken(step.path)} is not written here")
        if isinstance(step, Remove):
            return self._remove(step.path, place)
        return self._rename(step, place) if isinstance(step, RenameKey) else self._substitute(step, place)

    def _put(self, path: Path, value: Any) -> Splice:
        if not path:
            return self._put_root(value)
        place = place_at(self.root, path)
        if place is not None:
            return replaced(self.source, place, value)
        parent = place_at(self.root, path[:-1]) if len(path) > 1 else None
        node = parent.node if parent else self.root
        key = path[-1]
        if isinstance(node, Mapping) and isinstance(key, str):
            if node.pairs:
                return appended_pair(self.source, node, key, value, bool(parent and parent.inside))
            return self._put(path[:-1], {key: value})
        if isinstance(node, Sequence):
            return appended_item(self.source, node, value) if node.items else self._put(path[:-1], [value])
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

    def _remove(self, path: Path, place: Entry) -> Splice:
        if len(entries(place.parent)) == 1:
            return self._put(path[:-1], {} if isinstance(place.parent, Mapping) else [])
        return removed(self.source, place)

    def _rename(self, step: RenameKey, place: Entry) -> Splice:
        if not isinstance(place.key, Scalar):
            raise EditRefused(f"the key {spoken(step.path)} is not written here")
        quote = place.key.style if place.key.style in ("'", '"') else ""
        start = self.source.bare_start(place.key)
        return Splice(start, place.key.end, render.key_text(step.new, quote, place.inside))

    def _substitute(self, step: Substitute, place: Entry) -> Splice:
        if isinstance(place.node, Alias):
            raise EditRefused(f"{spoken(step.path)} is an alias")
        start, end = place.node.start, place.node.end
        return Splice(start, end, step.pattern.sub(step.new, self.text[start:end]))
