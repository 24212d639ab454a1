"""`validate`: let payloads through that a JSON Schema allows."""

from collections.abc import Sequence
from typing import Any

from flowengine import Config, Example, Message, Messages, Rejected, Transform
from nodes.values.schemas import Shape, schema_fault


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
        fault = schema_fault(config.schema_)
        return [("schema", fault)] if fault else []

    def start(self) -> None:
        self._shape = Shape(self.config.schema_)

    def process(self, messages: Messages) -> Sequence[Message]:
        for message in messages:
            if fault := self._shape.fault(message.payload):
                raise Rejected(fault)
        return messages
