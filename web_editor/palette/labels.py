"""What forms call options and choices: `locale/LANGUAGE/labels.yaml` in each package of nodes. Knows no HTTP.

A word goes by the name that a flow has for it, and by a longer one where that means different things by type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any

import msgspec

from web_editor.palette.node_types import NodeTypes

FILE = "labels"
"""Name of the file, without its ending, beside those of the kinds."""

EVERY = "every_node"
"""What stands for a type where an option is one of every node."""


class Labels(msgspec.Struct, forbid_unknown_fields=True):
    """Words by `option`, `type.option` or `Settings.option`; and by `choice` or `option.choice`."""

    options: dict[str, str] = {}
    choices: dict[str, str] = {}


def labels_of(packages: Iterable[str], language: str) -> Labels:
    """Words of all packages, none for a language that none of them speaks. Blocking."""
    found = Labels()
    for package in packages:
        file = files(package) / "locale" / language / f"{FILE}.yaml"
        if file.is_file():
            read = msgspec.yaml.decode(file.read_bytes(), type=Labels)
            found.options |= read.options
            found.choices |= read.choices
    return found


def put_labels(types: NodeTypes, labels: Labels) -> None:
    """Give options their labels, in place, and choices their words; a title that a class says stays."""
    for name, schema in schemas_of(types).items():
        _label(name, schema, labels)


def schemas_of(types: NodeTypes) -> dict[str, dict[str, Any]]:
    """What options of which type are, and of every node."""
    nodes, connections = ({kind.type: kind.schema for kind in kinds} for kinds in (types.nodes, types.connections))
    return {**nodes, **connections, EVERY: types.every}


def _label(type_name: str, schema: dict[str, Any], labels: Labels) -> None:
    for settings, name, option in options_of(schema):
        label = next(filter(None, map(labels.options.get, keys_of(type_name, settings, name))), None)
        if label and option.get("title", made_title(name)) == made_title(name):
            option["title"] = label
        words = {str(choice): word for choice in choices_of(option) if (word := _word(labels.choices, name, choice))}
        if words:
            option["x-words"] = words


def options_of(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Settings ("" for those of the type itself), name and schema of each option, inner ones too."""
    for settings, inner in {"": schema, **schema.get("$defs", {})}.items():
        for name, option in inner.get("properties", {}).items():
            yield settings, name, option


def keys_of(type_name: str, settings: str, name: str) -> tuple[str, str]:
    """Where an option's label may stand, the nearest first."""
    return f"{settings or type_name}.{name}", name


def choices_of(schema: Any) -> Iterator[Any]:
    """What the schema names one by one, also as one of several shapes or as what a list holds."""
    yield from schema.get("enum", [schema["const"]] if "const" in schema else [])
    for inner in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), schema.get("items")):
        if isinstance(inner, dict):
            yield from choices_of(inner)


def _word(words: Mapping[str, str], name: str, choice: Any) -> str | None:
    """What people read instead of a choice; the choice itself behind it, since help and text of a flow name that."""
    word = words.get(f"{name}.{choice}") or words.get(str(choice))
    named = word is None or str(choice).lower() in re.findall(r"[\w.-]+", word.lower())
    return word if named else f"{word} ({choice})"


def made_title(name: str) -> str:
    """The title that pydantic makes of a name where nobody wrote one."""
    return name.replace("_", " ").title()
