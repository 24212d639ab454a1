"""Field types for node settings: `where: Expr`, `key: TemplateText`, `topic: TopicTemplate`, `path: PathTemplate`.

Values are compiled when the configuration is read, so a wrong one is an error of the flow file, not of a message.
Numbers and true/false, which YAML reads as such, are constants.
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from flowengine.expression.compiled import Expression
from flowengine.expression.rewrite import MESSAGE_NAMES
from flowengine.expression.safety import Safety
from flowengine.expression.schema import compiled_text, json_schema
from flowengine.expression.template import Template


@dataclass(frozen=True)
class ExpressionText:
    """Reads an expression over `names` (those of a message by default)."""

    names: tuple[str, ...] = MESSAGE_NAMES

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return compiled_text(partial(Expression, names=self.names), Expression)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return json_schema("expression")


@dataclass(frozen=True)
class TemplateSource:
    """Reads a template whose filled values are `safe` for what they go into."""

    safe: Safety | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return compiled_text(partial(Template, safe=self.safe), Template)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return json_schema("template")


Expr = Annotated[Expression, ExpressionText()]
"""An expression over a message."""

TemplateText = Annotated[Template, TemplateSource()]
"""A text that each message fills."""

TopicTemplate = Annotated[Template, TemplateSource("mqtt_topic")]
"""An MQTT topic that each message fills, one level (or part of one) per placeholder."""

SubjectTemplate = Annotated[Template, TemplateSource("nats_subject")]
"""A NATS subject that each message fills, one token (or part of one) per placeholder."""

PathTemplate = Annotated[Template, TemplateSource("path")]
"""A file path that each message fills, one name (or part of one) per placeholder."""
