"""What a route takes and answers: judges requests by it, and describes it as an OpenAPI operation. Serves nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from flowengine import Config
from flowengine.context import Context
from nodes.values.schemas import Schema, Shape, schema_fault

_NO_NAME = re.compile(r"[\x00-\x1f\x7f#+*\\/]")
MOST_OF_A_NAME = 255
Status = Annotated[str, Field(pattern=r"^[2-5]\d\d$")]


class Answer(Config):
    """One answer of a route."""

    description: str
    """What it means."""

    schema_: dict[str, Any] | None = None
    """JSON Schema of its body."""


def _answer(value: Any) -> Any:
    return {"description": value} if isinstance(value, str) else value


Told = Annotated[Answer, BeforeValidator(_answer, json_schema_input_type=Answer | str)]


class Described(Config):
    """Settings of a node that says what its path takes and answers."""

    summary: str = ""
    """What the path is for, in a few words; stands in `/api/openapi.json` and on the page `/api`."""

    schema_: dict[str, Any] | None = None
    """JSON Schema (2020-12) of the payload; a request that breaks it is refused with 422 and the reason."""

    parameters: dict[str, dict[str, Any]] = Field(default={})
    """JSON Schema of what the path captures and of the query, by name: texts become numbers where it says so, a
    missing query takes its `default`. What breaks it, and a query that is not named, is refused with 422; `{}` takes
    no query, without `parameters` any is taken. A capture that is not named here is taken unless it could be no part
    of a topic, a file or a key (`#`, `+`, `*`, `..`)."""

    answers: dict[Status, Told] = Field(default={})
    """What the answers mean, by status (`"204"`): a text, or `{description: …, schema: …}`."""


class BadRequest(ValueError):
    """A request that the route does not take; says why."""


def description_faults(config: Described) -> Iterator[tuple[str, str]]:
    """For a node's `check`: schemas that are none."""
    schemas = {"schema": config.schema_} | {f"parameters.{name}": each for name, each in config.parameters.items()}
    schemas |= {f"answers.{status}.schema": answer.schema_ for status, answer in config.answers.items()}
    for place, schema in schemas.items():
        if schema is not None and (fault := schema_fault(schema)):
            yield place.partition(".")[0], f"{place.partition('.')[2]} {fault}".strip()


class Judge:
    """Judges what came with a request."""

    def __init__(self, config: Described, captures: Sequence[str]):
        self._captures = frozenset(captures)
        self._shape = None if config.schema_ is None else Shape(config.schema_)
        self._schemas = config.parameters
        self._shapes = {name: Shape(schema) for name, schema in config.parameters.items()}
        self._query = {name: each for name, each in config.parameters.items() if name not in self._captures}
        self._any_query = "parameters" not in config.model_fields_set

    def captured(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What the path captured, as its schemas say. Raises BadRequest."""
        return {name: self._capture(name, text) for name, text in given.items() if name in self._captures}

    def query(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The query with its defaults, as its schemas say. Raises BadRequest."""
        if self._any_query:
            return dict(given)
        if any(name not in self._query for name in given):
            known = f"known are {', '.join(self._query)}" if self._query else "this route takes no query"
            raise BadRequest(f"the query has something that is not known here; {known}")
        defaults = {name: schema["default"] for name, schema in self._query.items() if "default" in schema}
        return defaults | {name: self._judged(name, value) for name, value in given.items()}

    def payload(self, payload: Any) -> None:
        """Return when the schema allows it. Raises BadRequest."""
        if self._shape is not None and (fault := self._shape.fault(payload)):
            raise BadRequest(fault)

    def _capture(self, name: str, text: Any) -> Any:
        if name in self._schemas:
            return self._judged(name, text)
        parts = str(text).split("/")
        if any(part in (".", "..") or len(part) > MOST_OF_A_NAME or _NO_NAME.search(part) for part in parts):
            raise BadRequest(f"{name} is no name of a topic, a file or a key")
        return text

    def _judged(self, name: str, given: Any) -> Any:
        value = _converted(given, self._schemas[name])
        if fault := self._shapes[name].fault(value, name):
            raise BadRequest(fault)
        return value


def _converted(given: Any, schema: Schema) -> Any:
    kind = schema.get("type", ())
    kinds = {kind} if isinstance(kind, str) else set(kind)
    if "array" in kinds:
        items = schema.get("items", {})
        return [_converted(each, items) for each in (given if isinstance(given, list) else [given])]
    if not isinstance(given, str):
        return given
    if kinds & {"integer", "number"} and re.fullmatch(r"[+-]?\d+", given):
        return int(given) if len(given) < MOST_OF_A_NAME else given
    if "number" in kinds and re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2})?", given):
        return float(given)
    if "boolean" in kinds and given in ("true", "false"):
        return given == "true"
    return given


_REASON = {"content": {"text/plain": {"schema": {"type": "string"}}}}
_USUAL = {
    "422": {"description": "not taken; the body says why", **_REASON},
    "503": {"description": "busy, or about to stop; ask again"},
    "504": {"description": "it took too long"},
}


def operation(config: Described, captures: Sequence[str], done: Mapping[str, str], body: str) -> dict[str, Any]:
    """The OpenAPI 3.1 operation: `done` are the answers when all went well, `body` the content type, empty for none."""
    made: dict[str, Any] = {"summary": config.summary} if config.summary else {}
    made["parameters"] = [
        {"name": name, "in": "path", "required": True, "schema": config.parameters.get(name, {"type": "string"})}
        for name in captures
    ] + [
        {"name": name, "in": "query", "schema": schema}
        for name, schema in config.parameters.items()
        if name not in captures
    ]
    if body:
        made["requestBody"] = {"content": {body: {"schema": config.schema_ if config.schema_ is not None else {}}}}
    own = {status: _described(answer) for status, answer in config.answers.items()}
    good = (
        {}
        if any(status < "400" for status in own)
        else {status: {"description": text} for status, text in done.items()}
    )
    made["responses"] = dict(sorted({**_USUAL, **good, **own}.items()))
    return made


def _described(answer: Answer) -> dict[str, Any]:
    made: dict[str, Any] = {"description": answer.description}
    if answer.schema_ is not None:
        made["content"] = {"application/json": {"schema": answer.schema_}}
    return made


def websocket(context: Context, does: str) -> dict[str, Any]:
    """The OpenAPI operation of a path that serves WebSockets."""
    responses = {
        "101": {"description": f"a WebSocket that {does} messages"},
        "403": {"description": "not you"},
    }
    about = {"tags": [context.flow], "operationId": f"{context.flow}.{context.node}", "responses": responses}
    return {"summary": f"WebSocket: {does} messages", **about}
