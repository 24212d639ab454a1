"""JSON Schema (2020-12): what is wrong with a schema or with a value, in plain words. Fetches nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match
from referencing import Registry

Schema = Mapping[str, Any]
_KINDS = {
    "array": "a list", "boolean": "true or false", "integer": "a whole number", "null": "null", "number": "a number",
    "object": "a map", "string": "text",
}  # fmt: skip


def schema_fault(schema: Schema) -> str:
    """What is wrong with the schema itself; empty for nothing."""
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as fault:
        return f"{fault.json_path}: {fault.message[:200]}"
    return ""


class Shape:
    """What a schema allows. References lead into the schema only."""

    def __init__(self, schema: Schema):
        # An own, empty registry: the default one would fetch references from the network.
        self._validator = Draft202012Validator(schema, registry=Registry())

    def fault(self, value: Any, name: str = "payload") -> str:
        """What is wrong with the value, which people call `name`; empty for nothing.

        The words are the same for every value: reasons are counted, and values may be private.
        """
        if self._validator.is_valid(value):
            return ""
        found = best_match(self._validator.iter_errors(value))
        place = found.json_path.removeprefix("$").removeprefix(".") if found is not None else ""
        return f"{place or name} {_wrong(found)}"


def _wrong(fault: Any) -> str:
    limit, kind = fault.validator_value, str(fault.validator)
    match kind:
        case "required":
            return "lacks " + ", ".join(name for name in limit if name not in fault.instance)
        case "additionalProperties" | "unevaluatedProperties":
            known = ", ".join(fault.schema.get("properties", ()))
            return f"has something that is not known here; known are {known}" if known else "has something unknown"
        case "enum":
            return f"is none of {', '.join(str(each) for each in limit)}"
        case "type":
            return f"is not {' or '.join(_KINDS[each] for each in ([limit] if isinstance(limit, str) else limit))}"
        case "minimum" | "exclusiveMinimum":
            return f"is too small; {'at least' if kind == 'minimum' else 'more than'} {limit}"
        case "maximum" | "exclusiveMaximum":
            return f"is too large; {'at most' if kind == 'maximum' else 'less than'} {limit}"
        case "minLength" | "minItems" | "minProperties":
            return "is empty" if limit == 1 else f"is too short; at least {limit}"
        case "maxLength" | "maxItems" | "maxProperties":
            return f"is too long; at most {limit}"
        case "pattern":
            return f"does not look as it must: {limit}"
    return f"breaks {kind}: {str(limit)[:80]}"
