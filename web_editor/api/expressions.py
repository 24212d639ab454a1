"""`expressions/check`: whether an expression, template or script compiles, and what it gives for a message."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from flowengine.expression import ExpressionError, TemplateError, compile_expression, compile_template
from flowengine.message import Message
from flowengine.script import Script, ScriptError
from web_editor.jsons import plain
from web_editor.routing import Body, Call, Route
from web_editor.workspace.tried import ScriptTried, tried


class Given(Body):
    """The message to try it on."""

    payload: Any = None
    topic: Annotated[str, Meta(max_length=65535)] = ""
    meta: dict[str, Any] = msgspec.field(default_factory=dict)


class Expression(Body):
    """What to check."""

    source: Annotated[str, Meta(max_length=10_000)]
    kind: Literal["expression", "template", "script"]
    message: Given | None = None


class ExpressionChecked(msgspec.Struct):
    """What came of it; `line` of a script, `value` (of a script `tried`) only where a message was given."""

    ok: bool
    message: str | None
    column: int | None
    value: Any | UnsetType = UNSET
    line: int | UnsetType = UNSET
    tried: ScriptTried | UnsetType = UNSET


_REFERENCE = re.compile(r"\$\{[^{}]*\}")


def without_references(source: str, kind: str) -> str:
    """The source with something harmless of the same length for every `${…}`, which is known only once it runs."""
    return _REFERENCE.sub(lambda found: ("x" if kind == "template" else "0").ljust(len(found[0])), source)


async def check(call: Call) -> ExpressionChecked:
    """Compile an expression, template or script, and try it."""
    async with call.editing.workspace.turns.of(call.user):
        return await asyncio.to_thread(_script if call.body.kind == "script" else _checked, call.body)


def _message(given: Given) -> Message:
    return Message(given.payload, given.topic, time_ns=time.time_ns(), meta=given.meta)


def _script(body: Expression) -> ExpressionChecked:
    source = without_references(body.source, body.kind)
    try:
        script = Script(source)
    except ScriptError as fault:
        return ExpressionChecked(False, fault.reason, fault.column, line=fault.line)
    if body.message is None or source != body.source:
        return ExpressionChecked(True, None, None)
    return ExpressionChecked(True, None, None, tried=tried(script, _message(body.message)))


def _checked(body: Expression) -> ExpressionChecked:
    compiler: Any = compile_expression if body.kind == "expression" else compile_template
    try:
        source = without_references(body.source, body.kind)
        compiled = compiler(source)
        if body.message is None or source != body.source:
            return ExpressionChecked(True, None, None)
        message = _message(body.message)
        value = compiled(message) if body.kind == "expression" else compiled.fill(message)
    except (ExpressionError, TemplateError) as fault:
        return ExpressionChecked(False, fault.reason, fault.column)
    except ValueError as fault:
        return ExpressionChecked(False, str(fault), None)
    return ExpressionChecked(True, None, None, plain(value))


ROUTES = [Route("POST", "expressions/check", "viewer", check, ExpressionChecked, Expression)]
