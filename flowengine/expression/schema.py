"""How pydantic reads and writes what is compiled from a text: read by a function, written as the text.

Nothing here knows expressions or templates.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from flowengine.expression.captures import declared

MOST_KEPT = 2048


class Compiled(Protocol):
    """What keeps the text it was compiled from."""

    text: str


def compiled_text(read: Callable[[str], Any], compiled: type[Compiled]) -> CoreSchema:
    """The schema of a `compiled` value made from text by `read`; numbers and true/false are read as their text.

    Equal texts of equal captures share one value: compiling takes a millisecond, and flows are checked with each edit.
    """

    def from_any(value: Any) -> Any:
        return _read(read, value.text if isinstance(value, compiled) else _text(value), declared())

    written = core_schema.plain_serializer_function_ser_schema(str, return_schema=core_schema.str_schema())
    return core_schema.no_info_plain_validator_function(from_any, serialization=written)


def json_schema(form: str) -> dict[str, Any]:
    """The JSON Schema of such a text in a file, where YAML reads some constants as numbers or booleans."""
    return {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}], "format": form}


@lru_cache(MOST_KEPT)
def _read(read: Callable[[str], Any], text: str, _captures: tuple[str, ...]) -> Any:
    return read(text)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    raise PydanticCustomError("string_type", "should be text")
