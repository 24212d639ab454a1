"""`yaml/read`: what a text means that is a value in a flow file."""

from __future__ import annotations

import asyncio
import math
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from flowengine.flow.document import Document
from web_editor.problems import Fault
from web_editor.routing import Body, Call, Route


class YamlText(Body):
    """What is typed."""

    text: Annotated[str, Meta(max_length=100_000)]


class YamlRead(msgspec.Struct):
    """What it means."""

    value: Any


async def read(call: Call) -> YamlRead:
    """Read a value."""
    async with call.editing.workspace.turns.of(call.user):
        return await asyncio.to_thread(_read, call.body.text)


def _read(text: str) -> YamlRead:
    document = Document.parse(text, "value")
    for problem in document.problems:
        raise Fault("refused", f"line {problem.line}, column {problem.column}: {problem.message}")
    if _has_none_in_json(document.data):
        raise Fault("refused", "an infinite number is written in the flow's text")
    return YamlRead(document.data)


def _has_none_in_json(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_none_in_json, value.values() if isinstance(value, dict) else value))
    return isinstance(value, float) and not math.isfinite(value)


ROUTES = [Route("POST", "yaml/read", "viewer", read, YamlRead, YamlText, exact=True)]
