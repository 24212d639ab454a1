"""From a parsed flow text to what the canvas draws. Reads what is written, not what variables make of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowengine.catalog import Catalog
from flowengine.catalog.every_node import APART
from flowengine.catalog.fields import connection_fields
from flowengine.flow.document import Document, Mapping, Node, Scalar
from flowengine.flow.edit.lines import entries_as_yaml
from flowengine.flow.files import FlowFiles
from flowengine.flow.load import Loaded
from flowengine.flow.model import ERROR
from flowengine.flow.wires import inputs_of, outputs_of, wires_of
from flowengine.node import Node as AnyNode
from flowengine.node import Sink, Source
from web_editor.palette.palette import SUBFLOW, UNKNOWN
from web_editor.workspace import schemas

NOWHERE = schemas.Range(schemas.Place(1, 1), schemas.Place(1, 1))
NAMELESS = ("type", "to", "on_error")


class GraphOf:
    """Draws one document."""

    def __init__(self, document: Document, loaded: Loaded, catalog: Catalog, library: FlowFiles):
        self._document = document
        self._root: dict[str, Any] = document.data
        self._loaded = loaded
        self._catalog = catalog
        self._library = library
        self._known = set(catalog.node_types())
        self._nodes = _maps(self._root.get("nodes"))
        self._node_ranges = self._ranges("nodes")
        self._connection_ranges = self._ranges("connections")
        self._node_texts = entries_as_yaml(document, "nodes")
        self._connection_texts = entries_as_yaml(document, "connections")

    def graph(self, layout: Any) -> schemas.Graph:
        """The whole drawing; `layout` is the data of the layout file."""
        positions = layout if isinstance(layout, dict) else {}
        return schemas.Graph(
            nodes=[self._node(id, raw, _position(positions.get(id))) for id, raw in self._nodes.items()],
            wires=list({wire.id: wire for wire in self._wires()}.values()),
            connections=[self._connection(id, raw) for id, raw in _maps(self._root.get("connections")).items()],
            inputs=list(inputs_of(self._root)),
            outputs=list(outputs_of(self._root)),
            pages=list(_maps(self._root.get("pages"))),
        )

    def _node(self, id: str, raw: dict[str, Any], position: schemas.Position | None) -> schemas.GraphNode:
        kind = str(raw.get("type") or "")
        node = self._catalog.node(kind) if kind in self._known else None
        inner = self._subflow(kind) if node is None else None
        ports, takes = self._ports(id, node, inner)
        ports += [port for port, ids in wires_of(id, raw).items() if ids and port not in (*ports, ERROR)]
        sink = node is not None and issubclass(node, Sink)
        # The title of an alert, say, is that of its alarms: a template that would be a poor name for the node.
        apart = APART if node is None or "title" not in node.config_type().model_fields else NAMELESS
        return schemas.GraphNode(
            id=id,
            type=kind,
            category=node.category if node else SUBFLOW if inner is not None else UNKNOWN,
            title=str(raw["title"]) if raw.get("title") and "title" in apart else None,
            known=node is not None or inner is not None,
            config={key: value for key, value in raw.items() if key not in apart},
            ports=ports,
            input=takes,
            error_port=True,
            subflow=kind if inner is not None else None,
            queue=sink or bool(raw.get("queue")) or bool(raw.get("durable")),
            range=self._node_ranges.get(id, NOWHERE),
            yaml=self._node_texts[id],
            position=position,
            count=len(made) if (made := self._loaded.flow.templates.get(id)) is not None else None,
        )

    def _ports(self, id: str, node: type[AnyNode] | None, inner: dict[str, Any] | None) -> tuple[list[str], bool]:
        if inner is not None:
            return list(outputs_of(inner)), bool(inputs_of(inner))
        if node is None:
            return ["out"], True
        spec = next((self._loaded.flow.nodes[each] for each in self._made(id) if each in self._loaded.flow.nodes), None)
        config = spec.config if spec is not None else None
        ports = node.outputs if config is None else node.ports(config)
        return list(ports), not issubclass(node, Source)

    def _made(self, id: str) -> list[str]:
        """The node as it runs, or the nodes that its `for_each` makes."""
        return [id, *(f"{id}.{each}" for each in self._loaded.flow.templates.get(id, ()))]

    def _subflow(self, kind: str) -> dict[str, Any] | None:
        found = self._library.get(kind)
        data = Document.parse(found[1], found[0]).data if found else None
        return data if isinstance(data, dict) else None

    def _wires(self) -> Iterator[schemas.Wire]:
        for id, raw in self._nodes.items():
            own = wires_of(id, raw)
            for port, targets in wires_of(id, raw, self._root.get("on_error")).items():
                for target in targets:
                    if target in self._nodes:
                        name, inherited = f"{id}:{port}>{target}", port not in own
                        yield schemas.Wire(id=name, from_=id, port=port, to=target, inherited=inherited)

    def _connection(self, id: str, raw: dict[str, Any]) -> schemas.GraphConnection:
        used = [node for node, options in self._nodes.items() if id in self._used(options)]
        config = {key: value for key, value in raw.items() if key != "type"}
        return schemas.GraphConnection(
            id=id,
            type=str(raw.get("type") or ""),
            config=config,
            range=self._connection_ranges.get(id, NOWHERE),
            yaml=self._connection_texts[id],
            used_by=used,
        )

    def _used(self, options: dict[str, Any]) -> list[Any]:
        kind = str(options.get("type") or "")
        if kind not in self._known:
            return []
        return [options.get(name) for name in connection_fields(self._catalog.node(kind).config_type())]

    def _ranges(self, section: str) -> dict[str, schemas.Range]:
        """Whole lines of each entry: from the key's line to the line after the value's last character."""
        entries = self._document.find((section,))
        if not isinstance(entries, Mapping):
            return {}
        return {key.text: self._lines(key, value) for key, value in entries.pairs if isinstance(key, Scalar)}

    def _lines(self, key: Scalar, value: Node) -> schemas.Range:
        place = self._document.position(key.start, max(key.end, value.end))
        last = place.end_line - (place.end_column == 1)
        return schemas.Range(schemas.Place(place.line, 1), schemas.Place(last + 1, 1))


def _maps(value: Any) -> dict[str, dict[str, Any]]:
    return {key: item for key, item in value.items() if isinstance(item, dict)} if isinstance(value, dict) else {}


def _position(value: Any) -> schemas.Position | None:
    if isinstance(value, dict) and all(type(value.get(axis)) in (int, float) for axis in ("x", "y")):
        return schemas.Position(value["x"], value["y"])
    return None
