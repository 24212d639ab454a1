"""JSON Schema (2020-12): what is wrong with a schema or with a value, in plain words. Fetches nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from jsonschema.exceptions import SchemaError, best_match
from referencing import Registry

from nodes.values.schema_keywords import Validator, keyword_fault, without_dialect
from nodes.values.schema_work import Checking, checking
from nodes.values.work import TooMuchWork

Schema = Mapping[str, Any]
MOST_FAULTS = 100
"""Of so many faults the one that says most is told."""

_KINDS = {
    "array": "a list", "boolean": "true or false", "integer": "a whole number", "null": "null", "number": "a number",
    "object": "a map", "string": "text",
}  # fmt: skip


def schema_fault(schema: Schema) -> str:
    """What is wrong with the schema itself; empty for nothing."""
    try:
        Validator.check_schema(schema)
    except SchemaError as fault:
        return f"{fault.json_path}: {fault.message[:200]}"
    return keyword_fault(schema)


class Shape:
    """What a schema allows. References lead into the schema only."""

    def __init__(self, schema: Schema):
        # An own, empty registry: the default one would fetch references from the network.
        self._validator = Validator(without_dialect(schema), registry=Registry())

    def fault(self, value: Any, name: str = "payload") -> str:
        """What is wrong with the value, which people call `name`; empty for nothing.

        The words are the same for every value: reasons are counted, and values may be private.
        """
        checking.set(Checking())
        try:
            found = best_match(islice(self._validator.iter_errors(value), MOST_FAULTS))
        except TooMuchWork as fault:
            return f"{name} {fault}"
        if found is None:
            return ""
        place = found.json_path.removeprefix("$").removeprefix(".")
        return f"{place or name} {_wrong(found)}"


def _wrong(fault: Any) -> str:
    if fault.validator is None:  # `false` stands where its schema would
        return "has something that is not known here"
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
            return f"does not look as it must: {fault.schema.get('description', limit)}"
        case "not" if isinstance(limit, Mapping) and "description" in limit:
            return f"is {limit['description']}"
        case "const":
            return f"is not {_as_json(limit)}"
        case "anyOf" if names := _lacking(limit, fault.instance):
            return f"lacks one of {', '.join(names)}"
        case "anyOf":
            return "has none of the forms that it may have"
    return f"breaks {kind}: {_as_json(limit)}"


def _lacking(choices: Sequence[Any], value: Any) -> list[str]:
    """The names of which one is missing, where each choice wants one; empty where a choice is another matter."""
    wanted = [each["required"] if isinstance(each, Mapping) and "required" in each else () for each in choices]
    names = [name for each in wanted for name in each]
    one_each = all(len(each) == 1 for each in wanted) and isinstance(value, Mapping)
    return names if one_each and not any(name in value for name in names) else []


def _as_json(limit: Any) -> str:
    return json.dumps(limit, ensure_ascii=False, default=str)[:80]
