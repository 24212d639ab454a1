"""Expressions and templates as fields of a node's configuration."""

from typing import Annotated

import jsonschema
import pytest
from pydantic import BaseModel, ValidationError

from flowengine.expression import (
    Expr,
    Expression,
    ExpressionText,
    PathTemplate,
    TemplateText,
    TopicTemplate,
    compile_expression,
    compile_template,
)
from flowengine.message import Message


class Settings(BaseModel):
    where: Expr = compile_expression("true")
    key: TemplateText = compile_template("{device}")
    topic: TopicTemplate | None = None
    path: PathTemplate | None = None
    late: Annotated[Expression, ExpressionText(("now_ns", "time_ns"))] | None = None


def test_fields_are_compiled_when_they_are_read() -> None:
    given = {"where": "payload > 8", "key": "{a}", "topic": "{a}", "late": "now_ns > time_ns"}
    settings = Settings.model_validate(given)
    assert settings.where(Message(payload=9)) is True
    assert settings.key.fill(Message(payload={"a": "+"})) == "+"
    assert settings.topic is not None
    with pytest.raises(ValueError, match="not allowed in an MQTT topic"):
        settings.topic.fill(Message(payload={"a": "+"}))
    assert settings.late is not None
    assert settings.late.evaluate_names({"now_ns": 2, "time_ns": 1}) is True


@pytest.mark.parametrize(("given", "value"), [(5, 5), (2.5, 2.5), (True, True), (False, False), (-1, -1)])
def test_numbers_and_booleans_are_constant_expressions(given: object, value: object) -> None:
    where = Settings.model_validate({"where": given}).where
    assert where.constant
    assert where(Message()) is value or where(Message()) == value
    assert Settings.model_validate({"key": 5}).key.fill(Message()) == "5"


@pytest.mark.parametrize("given", [None, [], {}, b"payload", object()])
def test_other_kinds_are_refused(given: object) -> None:
    with pytest.raises(ValidationError, match="should be text"):
        Settings.model_validate({"where": given})


def test_all_faults_are_reported_in_the_fields_they_are_in() -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({"where": "paylod > 1", "key": "{", "path": "{x!r}"})
    errors = caught.value.errors()
    assert [error["loc"][0] for error in errors] == ["where", "key", "path"]
    assert "did you mean 'payload'?" in errors[0]["msg"]
    assert errors[0]["ctx"]["error"].column == 1


def test_settings_are_written_as_their_text_and_compared_by_it() -> None:
    settings = Settings.model_validate({"where": "payload > 8", "path": "{a}.csv"})
    written = settings.model_dump(mode="json", exclude_none=True)
    assert written == {"where": "payload > 8", "key": "{device}", "path": "{a}.csv"}
    assert Settings.model_validate(written) == settings
    assert Settings.model_validate_json(settings.model_dump_json()) == settings


def test_the_json_schema_accepts_what_the_field_accepts() -> None:
    schema = Settings.model_json_schema()
    assert schema["properties"]["where"]["format"] == "expression"
    assert schema["properties"]["where"]["default"] == "true"
    assert schema["properties"]["key"]["format"] == "template"
    for value in ("payload > 8", 5, 2.5, True):
        jsonschema.validate({"where": value}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"where": None}, schema)
