"""Node and connection types in other languages: `locale/LANGUAGE/KIND.yaml` in each package of nodes. Knows no HTTP.

English stands in the classes themselves, so there is no such folder for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

import msgspec

from flowengine.catalog.kinds import CONNECTIONS
from flowengine.catalog.schema import first_paragraph
from web_editor.palette.labels import EVERY
from web_editor.palette.labels import FILE as LABELS
from web_editor.palette.node_types import ConnectionType, NodeType, NodeTypes

LABEL_ENDS = " | "


class Words(msgspec.Struct, forbid_unknown_fields=True):
    """One type: `options` holds `label | what it means` by option, inner ones as `Settings.option`."""

    title: str
    help: str
    options: dict[str, str] = {}


def words_of(packages: Iterable[str], language: str) -> dict[str, dict[str, Words]]:
    """Words by folder and type; empty for a language that no package speaks. Blocking."""
    found: dict[str, dict[str, Words]] = {}
    for package in packages:
        folder = files(package) / "locale" / language
        for file in folder.iterdir() if folder.is_dir() else ():
            kind, _, ending = file.name.rpartition(".")
            if ending == "yaml" and kind != LABELS:
                found.setdefault(kind, {}).update(msgspec.yaml.decode(file.read_bytes(), type=dict[str, Words]))
    return found


def translate(types: NodeTypes, words: Mapping[str, Mapping[str, Words]]) -> None:
    """Put the words into the types, in place; what has none stays English."""
    connections = words.get(CONNECTIONS, {})
    if every := words.get(EVERY, {}).get(EVERY):
        _fill_every(types, every)
    nodes = {
        name: entry
        for kind, entries in words.items()
        if kind not in (CONNECTIONS, EVERY)
        for name, entry in entries.items()
    }
    for kinds, known, family in ((types.nodes, nodes, "node"), (types.connections, connections, "connection")):
        for kind in kinds:
            if entry := known.get(kind.type):
                _fill(kind, entry)
                _fill_flow_schema(types.flow_schema.get("$defs", {}), f"{family}.{kind.type}", entry)


def _fill_every(types: NodeTypes, entry: Words) -> None:
    _fill_schema(types.every, entry)
    definitions = types.flow_schema.get("$defs", {})
    _fill_flow_schema(definitions, EVERY, entry)
    for kind in types.nodes:
        _fill_options(definitions.get(f"node.{kind.type}", {}), "", entry.options)


def label_and_help(text: str) -> tuple[str, str]:
    """The two halves of an option's words."""
    label, _, meaning = text.partition(LABEL_ENDS)
    return label, meaning


def _fill(kind: NodeType | ConnectionType, entry: Words) -> None:
    kind.title, kind.help, kind.summary = entry.title, entry.help, first_paragraph(entry.help)
    _fill_schema(kind.schema, entry)


def _fill_schema(schema: Mapping[str, Any], entry: Words) -> None:
    _fill_options(schema, "", entry.options)
    for name, inner in schema.get("$defs", {}).items():
        _fill_options(inner, f"{name}.", entry.options)


def _fill_flow_schema(definitions: Mapping[str, Any], key: str, entry: Words) -> None:
    for name, schema in definitions.items():
        if name == key or name.startswith(f"{key}."):
            inner = name.removeprefix(key).removeprefix(".")
            _fill_options(schema, f"{inner}." if inner else "", entry.options)


def _fill_options(schema: Mapping[str, Any], prefix: str, options: Mapping[str, str]) -> None:
    for name, option in schema.get("properties", {}).items():
        if text := options.get(prefix + name):
            option["title"], option["description"] = label_and_help(text)
