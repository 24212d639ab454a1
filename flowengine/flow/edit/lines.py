"""The lines of entries as they stand in a file: a map from id to node, with its comments. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flowengine.flow.document import Document, Mapping, Scalar
from flowengine.flow.edit import render
from flowengine.flow.edit.sharing import aliases
from flowengine.flow.edit.source import Source
from flowengine.flow.edit.steps import at, same

_STYLE = render.Style()


def copy_as_yaml(text: str, nodes: Iterable[str]) -> str:
    """A map of these nodes, with comments and style of the file where that is possible. Raises EditRefused."""
    document = Document.parse(text, "flow")
    written = entries_as_yaml(document, "nodes")
    data = {id: at(document.data, ("nodes", id)) for id in nodes}
    return "".join(_checked(written[id], id, node) for id, node in data.items())


def entries_as_yaml(document: Document, section: str) -> dict[str, str]:
    """Each entry of a section on its own, at the margin: its lines, or written anew where those hold more or less."""
    data = document.data.get(section) if isinstance(document.data, dict) else None
    entries = data if isinstance(data, dict) else {}
    lines = _lines_by_id(document, section)
    return {id: lines.get(id) or entry_as_yaml(id, value) for id, value in entries.items()}


def _checked(lines: str, id: str, node: Any) -> str:
    """The lines, where they say what the node is once more; else written anew."""
    return lines if same(Document.parse(lines, "snippet").data, {id: node}) else entry_as_yaml(id, node)


def entry_as_yaml(id: str, value: Any) -> str:
    """One entry at the margin, written anew."""
    return render.key_text(id) + ":" + render.after(value, 0, _STYLE) + "\n"


def _lines_by_id(document: Document, section: str) -> dict[str, str]:
    """The lines of the entries that stand on lines of their own and without an alias."""
    entries = document.find((section,))
    if not isinstance(entries, Mapping) or entries.flow:
        return {}
    source, borrowed = Source(document), [alias.start for alias in aliases(document)]
    found = {}
    for key, value in entries.pairs:
        start, end = key.start, max(key.end, value.end)
        shared = any(start <= each < end for each in borrowed)
        if isinstance(key, Scalar) and not shared and source.begins_line(start) and source.ends_line(end):
            found[key.text] = _at_margin(source, start, end)
    return found


def _at_margin(source: Source, start: int, end: int) -> str:
    first, last = source.lines_of(start, end)
    margin = source.column(start)
    lines = source.text[first:last].replace("\r\n", "\n").removesuffix("\n").split("\n")
    return "".join((line[margin:] if not line[:margin].strip() else line) + "\n" for line in lines)
