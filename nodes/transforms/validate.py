"""`validate`: let payloads through that a JSON Schema allows."""

from collections.abc import Sequence
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match
from referencing import Registry

from flowengine import Config, Example, Message, Messages, Rejected, Transform


class ValidateConfig(Config):
    """Settings of `validate`."""

    schema_: dict[str, Any]
    """JSON Schema (2020-12) of the payload. References lead into this schema only; nothing is fetched."""


class Validate(Transform):
    """Pass the payloads that the schema allows; the others leave by the error port with place and reason."""

    config: ValidateConfig
    category = "logic"
    examples = (
        Example(
            "Required fields",
            "schema: {type: object, required: [ts, device], properties: {device: {type: string}}}",
            given=[{"ts": 1, "device": "c1"}],
            gives=[{"ts": 1, "device": "c1"}],
        ),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, ValidateConfig)
        try:
            Draft202012Validator.check_schema(config.schema_)
        except SchemaError as fault:
            return [("schema", f"{fault.json_path}: {fault.message[:200]}")]
        return []

    def start(self) -> None:
        # An own, empty registry: the default one would fetch references from the network.
        self._validator = Draft202012Validator(self.config.schema_, registry=Registry())

    def process(self, messages: Messages) -> Sequence[Message]:
        for message in messages:
            if not self._validator.is_valid(message.payload):
                fault = best_match(self._validator.iter_errors(message.payload))
                raise Rejected(f"{fault.json_path}: {_without_value(fault)}")
        return messages


def _without_value(fault: Any) -> str:
    """What is wrong, in words that are the same for every value: reasons are counted, and values may be private."""
    if fault.validator == "required":
        missing = [name for name in fault.validator_value if name not in fault.instance]
        return f"{', '.join(missing)} missing"
    if fault.validator == "additionalProperties":
        return "has a property that is not allowed"
    return f"breaks {fault.validator}: {str(fault.validator_value)[:80]}"
