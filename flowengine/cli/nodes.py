"""List the node types, or describe one with its options and examples."""

from __future__ import annotations

import argparse
import json
from typing import Any

from flowengine.catalog import Catalog, installed
from flowengine.catalog.pages import kind_of
from flowengine.catalog.schema import describe
from flowengine.cli.options import add_nodes
from flowengine.flow.problem import nearest

EXAMPLES = """examples:
  flowengine nodes
  flowengine nodes mqtt_in
  flowengine nodes --connections mqtt
  flowengine nodes --format json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    add_nodes(parser)
    parser.add_argument("type", nargs="?", help="a type to describe")
    parser.add_argument("--connections", action="store_true", help="types of connections instead of nodes")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="lines for people, or JSON")


def run(options: argparse.Namespace) -> int:
    """Print the list or the description."""
    catalog = installed()
    names = catalog.connection_types() if options.connections else catalog.node_types()
    if options.type and options.type not in names:
        hint = nearest(options.type, names)
        print(f"flowengine: no type {options.type!r}" + (f"; did you mean {hint}?" if hint else ""))
        return 1
    wanted = [options.type] if options.type else names
    items = [described(catalog, name, options.connections) for name in wanted]
    if options.format == "json":
        print(json.dumps(items, indent=2))
    elif options.type:
        print("\n".join(_page(items[0])))
    else:
        print("\n".join(_list(items)))
    return 0


def described(catalog: Catalog, name: str, connections: bool) -> dict[str, Any]:
    """One type of node or connection, as JSON values."""
    return describe(name, catalog.connection(name) if connections else catalog.node(name))


def _list(described: list[dict[str, Any]]) -> list[str]:
    lines = []
    for folder in dict.fromkeys(sorted(item["folder"] for item in described)):
        lines.append(folder)
        lines += [f"  {i['type']:<16} {i['summary']}" for i in described if i["folder"] == folder]
    return lines


def _page(item: dict[str, Any]) -> list[str]:
    lines = [f"{item['type']} ({item['kind']})", "", item["help"], ""]
    if item["outputs"]:
        lines += [f"ports: {', '.join(item['outputs'])}, error", ""]
    lines.append("options")
    required = item["schema"].get("required", ())
    for name, field in item["schema"].get("properties", {}).items():
        default = "required" if name in required else f"default {json.dumps(field.get('default'))}"
        lines.append(f"  {name:<16} {kind_of(field)}, {default}")
        lines.append(f"  {'':<16} {field.get('description', '')}")
    lines += ["", "examples"]
    for example in item["examples"]:
        lines += [f"  # {example['title']}", f"  {example['config']}"]
    return lines
