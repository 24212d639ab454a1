"""Reads what a config class says about its fields beyond their types."""

from __future__ import annotations

from functools import cache

from flowengine.config import Config


@cache
def connection_fields(config: type[Config]) -> dict[str, str]:
    """Options that name a connection, each with the type it must have ("" for any)."""
    found = {}
    for name, field in config.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and extra.get("format") == "connection":
            found[field.alias or name] = str(extra.get("connection", ""))
    return found
