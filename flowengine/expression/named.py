"""Expressions that know names which another option of the node declares, such as `limits` or `let`."""

from __future__ import annotations

from typing import Any

from pydantic_core import CoreSchema, core_schema

from flowengine.expression.compiled import Expression
from flowengine.expression.rewrite import MESSAGE_NAMES
from flowengine.expression.schema import json_schema


class WithNames:
    """Reads an expression over a message, `names`, and the names that the option before it declares."""

    def __init__(self, option: str, names: tuple[str, ...] = ()) -> None:
        self._option, self._names = option, (*MESSAGE_NAMES, *names)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        def read(value: Any, info: core_schema.ValidationInfo) -> Expression:
            text = value.text if isinstance(value, Expression) else expression_text(value)
            return Expression(text, (*self._names, *(info.data.get(self._option) or {})))

        written = core_schema.plain_serializer_function_ser_schema(str, return_schema=core_schema.str_schema())
        return core_schema.with_info_plain_validator_function(read, serialization=written)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        return json_schema("expression")


class Let(dict[str, Expression]):
    """Names with their expressions; each knows those before it."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        written = core_schema.plain_serializer_function_ser_schema(
            lambda let: {name: each.text for name, each in let.items()}
        )
        return core_schema.no_info_plain_validator_function(_let, serialization=written)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": json_schema("expression")}


def expression_text(value: Any) -> str:
    """The text of an expression that YAML may have read as a number. Raises ValueError."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError("an expression is text, such as payload.value > hot_c")


def _let(value: Any) -> Let:
    if not isinstance(value, dict):
        raise ValueError("a map from names to expressions, such as {rh: payload.rh / 100}")
    let = Let()
    for name, each in value.items():
        if not (isinstance(name, str) and name.isidentifier() and name.isascii()):
            raise ValueError(f"{name!r} is no name; letters, digits and _ make one")
        if name in MESSAGE_NAMES:
            raise ValueError(f"{name} is the message's own; choose another name")
        try:
            let[name] = Expression(expression_text(each), (*MESSAGE_NAMES, *let))
        except ValueError as fault:
            raise ValueError(f"{name}: {fault}") from None
    return let
