"""The JSON Schema (2020-12) of flow files and of single types, made from the node classes."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from flowengine.catalog import Catalog
from flowengine.catalog.every_node import every_node_schema
from flowengine.catalog.flow_file import FlowFile
from flowengine.catalog.kinds import kind_of
from flowengine.config import Config
from flowengine.node import Connection, Node, Source

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = {"type": "string", "pattern": r"\$\{.+\}", "description": "a variable, filled in when the flow is read"}


def flow_schema(catalog: Catalog, cases: dict[str, Any] | None = None) -> dict[str, Any]:
    """The schema of a whole flow file; `cases` is that of one entry under `tests:`."""
    definitions: dict[str, Any] = {}
    common = _hoisted(every_node_schema(), "every_node", definitions)["properties"]
    nodes = [_choice(name, catalog.node(name), "node", common, definitions) for name in catalog.node_types()]
    connections = [
        _choice(name, catalog.connection(name), "connection", {"type": {"type": "string"}}, definitions)
        for name in catalog.connection_types()
    ]
    case = _hoisted(cases, "case", definitions) if cases else {"type": "object"}
    whole = FlowFile.model_json_schema(by_alias=True)
    for name, entries in (
        ("connections", _one_of(connections, catalog.connection_types())),
        ("nodes", _one_of(nodes, None)),
    ):
        _section(whole, name, {"type": "object", "additionalProperties": entries})
    _section(whole, "tests", {"type": "array", "items": case})
    return {"$schema": DIALECT, **whole, "title": "flowengine flow", "$defs": definitions}


def _section(whole: dict[str, Any], name: str, schema: dict[str, Any]) -> None:
    """What the entries of a section are, which its model leaves open."""
    field = whole["properties"][name]
    whole["properties"][name] = {"description": field["description"], "anyOf": [schema, {"type": "null"}]}


def config_schema(config: type[Config]) -> dict[str, Any]:
    """The schema of one type's options, with their help, for forms and pages."""
    return config.model_json_schema(by_alias=True)


def describe(name: str, kind: type[Node] | type[Connection]) -> dict[str, Any]:
    """All that people and editors want to know of a type, as JSON values."""
    word, folder, _ = kind_of(kind)
    ports = getattr(kind, "outputs", ())
    return {
        "type": name,
        "folder": folder,
        "category": getattr(kind, "category", None),
        "kind": word,
        "summary": first_paragraph(inspect.cleandoc(kind.__doc__ or "")),
        "help": inspect.cleandoc(kind.__doc__ or ""),
        "inputs": not issubclass(kind, Source | Connection),
        "outputs": list(ports),
        "schema": config_schema(kind.config_type()),
        "examples": [{"title": e.title, "config": e.config} for e in kind.examples],
    }


def first_paragraph(text: str) -> str:
    """What stands before the first empty line, as one line."""
    return " ".join(text.partition("\n\n")[0].split())


def _choice(
    name: str, kind: type[Node] | type[Connection], family: str, common: dict[str, Any], definitions: dict[str, Any]
) -> dict[str, Any]:
    """An if/then for one type, so that an editor's complaint is about this type only."""
    key = f"{family}.{name}"
    schema = _hoisted(config_schema(kind.config_type()), key, definitions)
    schema["properties"] = {**common, **schema.get("properties", {}), "type": {"const": name}}
    schema["description"] = inspect.cleandoc(kind.__doc__ or "")
    schema["additionalProperties"] = False
    schema.pop("title", None)
    definitions[key] = schema
    return {"if": {"properties": {"type": {"const": name}}}, "then": {"$ref": f"#/$defs/{key}"}}


def _one_of(choices: Iterable[dict[str, Any]], types: list[str] | None) -> dict[str, Any]:
    kind: dict[str, Any] = {"type": "string"} if types is None else {"enum": types}
    return {"type": "object", "required": ["type"], "properties": {"type": kind}, "allOf": list(choices)}


def _hoisted(schema: dict[str, Any], key: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema with its own definitions moved to the common ones, and references allowed for every value."""
    for name, inner in schema.pop("$defs", {}).items():
        definitions[f"{key}.{name}"] = _renamed(inner, key, nested=True)
    renamed: dict[str, Any] = _renamed(schema, key, nested=False)
    return renamed


def _renamed(schema: Any, key: str, nested: bool) -> Any:
    if isinstance(schema, list):
        return [_renamed(item, key, nested) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {**schema, "$ref": schema["$ref"].replace("#/$defs/", f"#/$defs/{key}.")}
    found = {name: _renamed(item, key, nested) for name, item in schema.items()}
    if isinstance(found.get("properties"), dict):
        found["properties"] = {name: _or_reference(item) for name, item in found["properties"].items()}
    return found


def _or_reference(schema: Any) -> Any:
    """A value may always be written as `${NAME}` instead."""
    if not isinstance(schema, dict) or (
        schema.get("type") == "string" and "pattern" not in schema and "enum" not in schema
    ):
        return schema
    kept = {name: schema[name] for name in ("description", "default", "title") if name in schema}
    inner = {name: item for name, item in schema.items() if name not in kept}
    return {**kept, "anyOf": [inner, _REFERENCE]} if inner else schema
