"""`node-types` and `palette`: what forms and palette are made of, from the node classes themselves."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec
import yaml
from msgspec import Meta

from flowengine.catalog import Catalog
from flowengine.catalog.every_node import every_node_schema
from flowengine.catalog.schema import config_schema, describe, flow_schema
from flowengine.flow.document import Document
from flowengine.node import Connection, Node
from web_editor.palette.cached_description import described
from web_editor.palette.form_schema import for_forms
from web_editor.palette.palette import ConnectionKind, NodeKind, Palette, category
from web_editor.palette.translations import translate, words_of
from web_editor.routing import Call, Reply, Route
from web_editor.workspace.flow_sources import FlowText

if TYPE_CHECKING:
    from web_editor.services import Editor

ENGLISH = "en"
ABBREVIATIONS = {
    **{word: word.upper() for word in ("mqtt", "http", "tcp", "udp", "sql", "json", "csv", "cbor", "rtdb")},
    "influxdb": "InfluxDB",
    "influx": "InfluxDB",
    "msgpack": "MessagePack",
    "websocket": "WebSocket",
}


class NodeType(NodeKind):
    """An entry of the palette with all that is known of it."""

    help: str
    example: str
    schema: dict[str, Any]


class ConnectionType(ConnectionKind):
    """A kind of shared client with all that is known of it."""

    help: str
    example: str
    schema: dict[str, Any]


class NodeTypes(msgspec.Struct):
    """Every type with help, example and schema."""

    nodes: list[NodeType]
    connections: list[ConnectionType]
    every: dict[str, Any]
    """Schema of what every node may have beside its own options."""

    flow_schema: dict[str, Any]


class Made(NamedTuple):
    """An encoded answer and its tag."""

    content: bytes
    etag: str


class Spoken(msgspec.Struct, forbid_unknown_fields=True):
    """In which language; what has no words in it is in English."""

    lang: Annotated[str, Meta(pattern="^[a-z]{2}$")] = "en"


async def read(call: Call) -> Reply:
    """Types of nodes and connections."""
    return _told(call, (await asyncio.to_thread(_remembered, call.editor, call.query.lang))[0])


async def read_palette(call: Call) -> Reply:
    """What can be added to a flow, an entry in a line each."""
    return _told(call, (await asyncio.to_thread(_remembered, call.editor, call.query.lang))[1])


def _told(call: Call, made: Made) -> Reply:
    # A browser may keep it if it asks each time: a reload then costs a 304.
    headers = {"ETag": made.etag, "Cache-Control": "private, no-cache"}
    if call.request.headers.get("If-None-Match") == made.etag:
        return Reply(status=304, headers=headers)
    return Reply(msgspec.Raw(made.content), headers=headers)


def _remembered(editor: Editor, language: str) -> tuple[Made, Made]:
    """Types and palette, made once until a subflow changes; the classes do not change while the engine runs."""
    flows = {id: flow for id, flow in editor.desk.texts.all().items() if flow.file and flow.file.subflow}
    key = ("node-types", *((id, flow.file.etag) for id, flow in flows.items() if flow.file))
    if key not in editor.memo:
        editor.memo.clear()
        editor.memo[key] = {}
    made: dict[str, tuple[Made, Made]] = editor.memo[key]
    if language in made:
        return made[language]
    catalog = editor.engine.catalog
    words = words_of(catalog.homes, language)
    spoken = language if words else ENGLISH  # what nobody speaks is kept once
    if spoken not in made:
        classes = described(editor.engine.settings.data_dir, catalog, lambda: types_of(catalog))
        types = msgspec.json.decode(classes, type=NodeTypes)
        translate(types, words)
        types.nodes += _subflows(catalog, flows)
        made[spoken] = _made(types), _made(msgspec.convert(types, Palette, from_attributes=True))
    return made[spoken]


def _made(answer: NodeTypes | Palette) -> Made:
    content = msgspec.json.encode(answer)
    return Made(content, f'"{hashlib.sha256(content).hexdigest()[:24]}"')


def types_of(catalog: Catalog) -> bytes:
    """All types as the editor reads them, in JSON; without the subflows of a folder."""
    from flowengine.flow.cases import Case  # the models of tests, for who looks at the schema

    types = NodeTypes(
        [_node(catalog, name) for name in catalog.node_types()],
        [_connection(catalog, name) for name in catalog.connection_types()],
        every=for_forms(every_node_schema()),
        flow_schema=flow_schema(catalog, Case.model_json_schema(by_alias=True)),
    )
    return msgspec.json.encode(types)


def _node(catalog: Catalog, name: str) -> NodeType:
    kind = catalog.node(name)
    about = describe(name, kind, catalog.kind(name))
    return NodeType(
        type=name,
        title=_title(name),
        summary=about["summary"],
        kind=about["kind"] if about["kind"] != "transform" or kind.outputs == ("out",) else "router",
        category=category(name, kind),
        help=about["help"],
        example=_example(name, kind),
        schema=for_forms(config_schema(kind.config_type())),
        ports=about["outputs"],
        input=about["inputs"],
        error_port=True,
        subflow=False,
    )


def _connection(catalog: Catalog, name: str) -> ConnectionType:
    kind = catalog.connection(name)
    about = describe(name, kind, "connections")
    schema = for_forms(config_schema(kind.config_type()))
    return ConnectionType(name, _title(name), about["summary"], about["help"], _example(name, kind), schema)


def _subflows(catalog: Catalog, flows: dict[str, FlowText]) -> list[NodeType]:
    known = set(catalog.node_types())
    return [_subflow(flow) for id, flow in flows.items() if flow.file and flow.file.subflow and id not in known]


def _subflow(flow: FlowText) -> NodeType:
    found = Document.parse(flow.file.text if flow.file else flow.text, flow.id).data
    data = found if isinstance(found, dict) else {}
    variables = data.get("vars") if isinstance(data.get("vars"), dict) else {}
    outputs = data.get("outputs")
    title, note = str(data.get("title") or _title(flow.id)), str(data.get("note") or "")
    return NodeType(
        type=flow.id,
        title=title,
        summary=note.split("\n", 1)[0] or title,
        kind="transform",
        category="logic",
        help=note,
        example=yaml.safe_dump({flow.id: {"type": flow.id, **(variables or {})}}, sort_keys=False, allow_unicode=True),
        schema={"type": "object", "properties": {name: _any(value) for name, value in (variables or {}).items()}},
        ports=[str(port) for port in outputs] if isinstance(outputs, dict) else ["out"] if outputs else [],
        input=bool(data.get("inputs")),
        error_port=True,
        subflow=True,
    )


def _any(default: Any) -> dict[str, Any]:
    kinds = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    kind = kinds.get(type(default))
    return {"default": default, **({"type": kind} if kind else {})}


def _title(name: str) -> str:
    words = [ABBREVIATIONS.get(word, word) for word in name.split("_")]
    return " ".join([words[0][0].upper() + words[0][1:], *words[1:]])


def _example(name: str, kind: type[Node] | type[Connection]) -> str:
    written = inspect.cleandoc(kind.examples[0].config) if kind.examples else "{}"
    given = Document.parse(written, name).data
    config = given if isinstance(given, dict) else {}
    return yaml.safe_dump({name: {"type": name, **config}}, sort_keys=False, allow_unicode=True)


ROUTES = [
    Route("GET", "palette", "viewer", read_palette, Palette, query=Spoken),
    Route("GET", "node-types", "viewer", read, NodeTypes, query=Spoken),
]
