"""Writes web_editor/ui/src/api/generated.ts: types from the OpenAPI document, and what the engine takes in texts.

`./dev docs` runs it. Judges nothing.
"""

import re
from collections.abc import Iterator
from typing import Any, get_args

from flowengine import config
from flowengine.catalog.flow_file import FLOW_NAME, NAME
from flowengine.flow.document import scalars
from flowengine.node import Category
from flowengine.store.kept_secrets import NAME as SECRET_NAME
from tests.house.sources import ROOT
from web_editor.http.editor_routes import ROUTES
from web_editor.http.openapi import document

FILE = ROOT / "web_editor/ui/src/api/generated.ts"
HEAD = """// Written by `./dev docs` from the OpenAPI document; do not edit. What that cannot say is in types.ts.
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
"""
GROUPS = """
/** Groups of the palette, from top to bottom. */
export const CATEGORIES = ["""
TEXTS = """
/** What texts in a flow file are, as the engine reads them. */
"""
PATHS = """
/** Every route, for the test of what the editor asks. */
export const ROUTES = [
"""
WIDTH = 120
_NAME = re.compile(r"[A-Za-z_]\w*")


def written() -> str:
    """The file as it has to be."""
    found = document(ROUTES)
    schemas, operations = found["components"]["schemas"], [o for each in found["paths"].values() for o in each.values()]
    # What has a default may be left out of a request; in answers it is always there.
    asked = set(_reached(schemas, [operation.get("requestBody") for operation in operations]))
    answered = set(_reached(schemas, [operation["responses"] for operation in operations]))
    types = "".join(_declared(name, schemas[name], name in asked) for name in sorted(asked | answered))
    served = sorted(f"{method.upper()} {path}" for path, methods in found["paths"].items() for method in methods)
    groups = GROUPS + ", ".join(f'"{group}"' for group in get_args(Category)) + "] as const;\n"
    return HEAD + types + groups + _texts() + PATHS + "".join(f'  "{route}",\n' for route in served) + "] as const;\n"


def _texts() -> str:
    """The tables and patterns by which the engine reads durations, sizes, numbers and names."""
    tables = {"UNITS_S": config.UNITS_S, "UNITS_BYTES": config.UNITS_BYTES}
    patterns = {
        "DURATION": config.DURATION_PATTERN,
        "SIZE": config.SIZE_PATTERN,
        "NUMBER": f"^(?:{scalars.NUMBER_PATTERN})$",
        "FLOW_NAME": f"^{FLOW_NAME.pattern}$",
        "NODE_NAME": f"^{NAME.pattern}$",
        "SECRET_NAME": f"^{SECRET_NAME.pattern}$",
    }
    lines = [f"export const {name}: Record<string, number> = {_table(units)};" for name, units in tables.items()]
    lines += [f"export const {name} = /{pattern}/;" for name, pattern in patterns.items()]
    return TEXTS + "\n".join(lines) + "\n"


def _table(units: dict[str, Any]) -> str:
    lines = [f"  {unit}: {value:.15g},\n".replace("e-0", "e-") for unit, value in units.items()]
    return "{\n" + "".join(lines) + "}"


def _reached(schemas: dict[str, Any], parts: Any) -> Iterator[str]:
    known, waiting = set[str](), list(_references(parts))
    while waiting:
        if (name := waiting.pop()) not in known:
            known.add(name)
            yield name
            waiting += _references(schemas[name])


def _references(part: Any) -> Iterator[str]:
    yield from re.findall(r"#/components/schemas/(\w+)", str(part))


def _declared(name: str, schema: dict[str, Any], asked: bool) -> str:
    said = " ".join(schema.get("description", "").split())
    comment = f"\n/** {said} */\n" if said else "\n"
    required = set(schema.get("required", ()))
    lines = []
    for key, field in schema.get("properties", {}).items():
        optional = "" if key in required or ("default" in field and not asked) else "?"
        lines.append(f"{key}{optional}: {_type(field)};")
    if not lines:
        return f"{comment}export type {name} = Record<string, never>;\n"
    return f"{comment}export type {name} = {{\n" + "".join(_line(line) for line in lines) + "};\n"


def _line(line: str) -> str:
    if len(line) + 2 <= WIDTH:
        return f"  {line}\n"
    name, _, kinds = line.removesuffix(";").partition(": ")
    return f"  {name}:\n" + "\n".join(f"    | {kind}" for kind in kinds.split(" | ")) + ";\n"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(f'"{value}"' if isinstance(value, str) else str(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(kind) for kind in schema["anyOf"]))
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(_type({**schema, "type": each}) for each in kind)
    if kind == "array":
        return _array(schema)
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"Record<string, {_type(inner) if isinstance(inner, dict) else 'Json'}>"
    return {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}.get(
        str(kind), "Json"
    )


def _array(schema: dict[str, Any]) -> str:
    inner = _type(schema.get("items") or {})
    return f"({inner})[]" if " " in inner and not inner.startswith("Record<") else f"{inner}[]"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
