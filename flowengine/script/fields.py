"""The field type of a script in node settings: compiled when the configuration is read."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from flowengine.expression.schema import compiled_text
from flowengine.script.compiled import Script


class _Read:
    """Reads the text of a script."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return compiled_text(Script, Script)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "format": "script"}


ScriptText = Annotated[Script, _Read()]
"""A script over a message."""
