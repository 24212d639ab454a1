"""Pages about node and connection types, as Markdown made from their classes. Writes no files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flowengine.catalog import Catalog
from flowengine.catalog.every_node import every_node_schema
from flowengine.catalog.kinds import CONNECTIONS, FOLDERS
from flowengine.catalog.schema import describe

TITLES = {
    "sources": "Sources bring messages in",
    "transforms": "Transforms and routers shape and choose",
    "stateful": "Stateful nodes keep and gather",
    "sinks": "Sinks take messages out",
    CONNECTIONS: "Connections are shared by the nodes that name them",
}
INTRODUCTION = """Made from the classes by `./dev docs`; do not edit. The same in the terminal: `flowengine nodes TYPE`.

Every option takes a value or `${NAME}`. Durations are written `250ms`, `5s`, `10m`, `14d`; sizes `64KiB`, `2GiB`. A
*template* is text with `{…}` filled from the message; an *expression* computes a value from it
([flow format](../flow-format.md))."""


def pages(catalog: Catalog) -> dict[str, str]:
    """The text of every page by its path below `docs/`."""
    described = [describe(name, catalog.node(name)) for name in catalog.node_types()]
    shared = [describe(name, catalog.connection(name)) for name in catalog.connection_types()]
    found = {f"nodes/{item['type']}.md": page(item) for item in described}
    found |= {f"nodes/{CONNECTIONS}/{item['type']}.md": page(item) for item in shared}
    return {**found, "nodes/README.md": index([*described, *shared])}


def index(described: Iterable[Mapping[str, Any]]) -> str:
    """All types by kind, and the options that every node has."""
    described = list(described)
    lines = ["# Nodes", "", INTRODUCTION]
    for folder in FOLDERS:
        below = f"{CONNECTIONS}/" if folder == CONNECTIONS else ""
        lines += ["", f"## {TITLES[folder]}", "", "| type | what it does |", "|---|---|"]
        lines += [
            f"| [`{item['type']}`]({below}{item['type']}.md) | {cell(item['summary'])} |"
            for item in described
            if item["folder"] == folder
        ]
    lines += ["", "## Options of every node", "", "| option | meaning |", "|---|---|"]
    common = every_node_schema()["properties"]
    lines += [f"| `{name}` | {cell(schema['description'])} |" for name, schema in common.items()]
    return "\n".join(lines) + "\n"


def page(item: Mapping[str, Any]) -> str:
    """One type: help, ports, options, examples."""
    lines = [f"# `{item['type']}`", "", f"*{item['kind']}.* {item['help']}", ""]
    if item["kind"] != "connection":
        ports = [*item["outputs"], "error"]
        lines += [f"Ports: {', '.join(f'`{port}`' for port in ports)}.", ""]
    rows = list(options(item["schema"], item["schema"].get("$defs", {})))
    if rows:
        lines += ["| option | type | default | meaning |", "|---|---|---|---|", *rows, ""]
    for example in item["examples"]:
        lines += [f"{example['title']}:", "", "```yaml", *_yaml(item, example["config"]), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def options(schema: Mapping[str, Any], definitions: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """A table row for each option; options inside an option follow it as `tls.ca`."""
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        default = f"`{json.dumps(field['default'], ensure_ascii=False)}`" if "default" in field else ""
        default = "required" if name in required else default
        meaning = cell(field.get("description", ""))
        yield f"| `{prefix}{name}` | {cell(kind_of(field))} | {cell(default)} | {meaning} |"
        for inner in _inner(field, definitions):
            yield from options(inner, definitions, f"{prefix}{name}.")


def kind_of(field: Mapping[str, Any]) -> str:
    """The type of an option in words."""
    if "format" in field:
        return str(field["format"])
    if "enum" in field:
        return " | ".join(dict.fromkeys(map(str, field["enum"])))
    if "const" in field:
        return str(field["const"])
    if "$ref" in field:
        return "map"
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(kind_of(item) for item in field["anyOf"]))
    if field.get("type") == "array":
        return f"list of {kind_of(field.get('items', {}))}"
    if field.get("type") == "object":
        return "map"
    return str(field.get("type", "value"))


def cell(text: str) -> str:
    """Text that fits into a cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def _inner(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for choice in (field, *field.get("anyOf", ()), *field.get("allOf", ())):
        if "$ref" in choice:
            yield definitions[choice["$ref"].rpartition("/")[2]]


def _yaml(item: Mapping[str, Any], config: str) -> list[str]:
    """An example as it stands in a flow: with its type, and under a name."""
    kind, name = item["type"], f"my_{item['type']}"
    given = config.strip()
    if given.startswith("{") and given.endswith("}"):
        inside = given[1:-1].strip()
        return [f"{name}: {{type: {kind}{', ' if inside else ''}{inside}}}"]
    return [f"{name}:", f"  type: {kind}", *(f"  {line}" for line in given.splitlines())]
