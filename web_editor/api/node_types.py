"""`node-types` and `palette`: what forms and palette are made of, from the node classes themselves."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from msgspec import Meta

from web_editor.palette.by_language import Encoded, Types
from web_editor.palette.node_types import NodeTypes
from web_editor.palette.palette import Palette
from web_editor.routing import Call, Reply, Route


class LanguageQuery(msgspec.Struct, forbid_unknown_fields=True):
    """In which language; what has no words in it is in English."""

    lang: Annotated[str, Meta(pattern="^[a-z]{2}$")] = "en"


async def read(call: Call) -> Reply:
    """Types of nodes and connections."""
    return _reply(call, (await _types(call)).whole)


async def read_palette(call: Call) -> Reply:
    """What can be added to a flow, an entry in a line each."""
    return _reply(call, (await _types(call)).palette)


async def _types(call: Call) -> Types:
    editing = call.editing

    def made() -> Types:
        return editing.types.get(call.query.lang, editing.workspace.sources.subflows())

    return await asyncio.to_thread(made)


def _reply(call: Call, made: Encoded) -> Reply:
    # A browser may keep it if it asks each time: a reload then costs a 304.
    headers = {"ETag": made.etag, "Cache-Control": "private, no-cache"}
    if call.request.headers.get("If-None-Match") == made.etag:
        return Reply(status=304, headers=headers)
    return Reply(msgspec.Raw(made.content), headers=headers)


ROUTES = [
    Route("GET", "palette", "viewer", read_palette, Palette, query=LanguageQuery),
    Route("GET", "node-types", "viewer", read, NodeTypes, query=LanguageQuery),
]
