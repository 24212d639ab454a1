"""Every type of node and connection with all that is known of it, from the classes themselves. Knows no request."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import msgspec

from flowengine.asking import AskingSource
from flowengine.catalog import Catalog
from flowengine.catalog.every_node import every_node_schema
from flowengine.catalog.schema import config_schema, describe, flow_schema
from flowengine.flow.document import Document
from flowengine.flow.edit.lines import entry_as_yaml
from flowengine.flow.wires import inputs_of, outputs_of
from flowengine.node import Connection, Node
from web_editor.palette.form_schema import for_forms
from web_editor.palette.palette import SUBFLOW, ConnectionKind, NodeKind

ABBREVIATIONS = {
    **{
        word: word.upper()
        for word in ("mqtt", "http", "tcp", "udp", "sql", "snmp", "json", "csv", "cbor", "rtdb", "nats")
    },
    "influxdb": "InfluxDB",
    "influx": "InfluxDB",
    "lorawan": "LoRaWAN",
    "msgpack": "MessagePack",
    "opcua": "OPC UA",
    "websocket": "WebSocket",
}


class NodeType(NodeKind):
    """An entry of the palette with all that is known of it."""

    help: str
    examples: list[str]
    schema: dict[str, Any]
    looks: bool = False
    """Whether what it would read now can be asked for, before it runs."""


class ConnectionType(ConnectionKind):
    """A kind of shared client with all that is known of it."""

    help: str
    examples: list[str]
    schema: dict[str, Any]
    browses: bool = False
    """Whether points can be picked from what the far side has."""


class NodeTypes(msgspec.Struct):
    """Every type with help, examples and schema."""

    nodes: list[NodeType]
    connections: list[ConnectionType]
    every: dict[str, Any]
    """Schema of what every node may have beside its own options."""

    flow_schema: dict[str, Any]


def types_of(catalog: Catalog) -> bytes:
    """All types as the editor reads them, in JSON; without the subflows of a folder."""
    from flowengine.flow.cases import Case  # the models of tests, for who looks at the schema

    types = NodeTypes(
        [_node(catalog, name) for name in catalog.node_types()],
        [_connection(catalog, name) for name in catalog.connection_types()],
        every=for_forms(every_node_schema(apart=False)),
        flow_schema=flow_schema(catalog, Case.model_json_schema(by_alias=True)),
    )
    return msgspec.json.encode(types)


def _node(catalog: Catalog, name: str) -> NodeType:
    kind = catalog.node(name)
    about = describe(name, kind)
    schema = for_forms(config_schema(kind.config_type()))
    return NodeType(
        type=name,
        title=_title(name),
        summary=about["summary"],
        kind=about["kind"],
        category=about["category"],
        help=about["help"],
        examples=_examples(name, kind),
        schema=schema,
        ports=about["outputs"],
        input=about["inputs"],
        error_port=True,
        subflow=False,
        connections=_needed_connections(schema),
        looks=issubclass(kind, AskingSource),
    )


def _needed_connections(schema: Mapping[str, Any]) -> dict[str, list[str]]:
    options: dict[str, dict[str, Any]] = schema.get("properties", {})
    needed = {name: options[name] for name in schema.get("required", ())}
    return {
        name: found.get("x-connection", []) for name, found in needed.items() if found.get("format") == "connection"
    }


def _connection(catalog: Catalog, name: str) -> ConnectionType:
    kind = catalog.connection(name)
    about = describe(name, kind)
    schema = for_forms(config_schema(kind.config_type()))
    return ConnectionType(
        name, _title(name), about["summary"], about["help"], _examples(name, kind), schema, kind.can_browse
    )


def subflow_types(catalog: Catalog, subflows: Mapping[str, str]) -> list[NodeType]:
    """Subflows as node types, from their texts by id; one that bears a node type's name is not seen."""
    known = set(catalog.node_types())
    return [_subflow(id, text) for id, text in subflows.items() if id not in known]


def _subflow(id: str, text: str) -> NodeType:
    found = Document.parse(text, id).data
    data = found if isinstance(found, dict) else {}
    variables = data.get("vars") if isinstance(data.get("vars"), dict) else {}
    title, note = str(data.get("title") or _title(id)), str(data.get("note") or "")
    return NodeType(
        type=id,
        title=title,
        summary=note.split("\n", 1)[0] or title,
        kind="transform",
        category=SUBFLOW,
        help=note,
        examples=[_written(id, variables or {})],
        schema={"type": "object", "properties": {name: _any(value) for name, value in (variables or {}).items()}},
        ports=list(outputs_of(data)),
        input=bool(inputs_of(data)),
        error_port=True,
        subflow=True,
        connections={},
    )


def _any(default: Any) -> dict[str, Any]:
    kinds = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    kind = kinds.get(type(default))
    return {"default": default, **({"type": kind} if kind else {})}


def _title(name: str) -> str:
    words = [ABBREVIATIONS.get(word, word) for word in name.split("_")]
    return " ".join([words[0][0].upper() + words[0][1:], *words[1:]])


def _examples(name: str, kind: type[Node] | type[Connection]) -> list[str]:
    given = [Document.parse(inspect.cleandoc(each.config), name).data for each in kind.examples]
    return [_written(name, config) for config in given if isinstance(config, dict)] or [_written(name, {})]


def _written(name: str, config: dict[str, Any]) -> str:
    return entry_as_yaml(name, {"type": name, **config})
