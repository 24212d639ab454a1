"""JSON Schemas as the property forms read them: the formats and `x-` keys of docs/api.md. Adds no constraint."""

from __future__ import annotations

from typing import Any

FORMATS = {"password": "secret", "pattern": "regex", "path": "template", "topic": "topic"}


def for_forms(schema: Any) -> Any:
    """The schema with the words of the forms; nothing that it allows changes."""
    if isinstance(schema, list):
        return [for_forms(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: for_forms(value) for key, value in schema.items()}
    wanted = found.get("format")
    if isinstance(wanted, str) and wanted in FORMATS:
        found["format"] = FORMATS[wanted]
    kind = found.pop("connection", None) if wanted == "connection" else None
    if isinstance(kind, str):
        found["x-connection"] = [kind]
    return found
