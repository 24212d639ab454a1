"""`values`: the RTDB as a table: value, unit, quality, age, whether it is stale, who writes it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from web_editor.monitor.values import Value
from web_editor.routing import Call, Query, Route, listed


class ValueList(msgspec.Struct):
    """A page of values, and how many there are in all."""

    items: list[Value]
    next: str | None
    total: int


class ValueQuery(Query):
    """Which values."""

    search: Annotated[str, Meta(max_length=500)] = ""
    flow: str = ""


async def read(call: Call) -> ValueList:
    """The latest values, by key."""
    values, query = call.editing.values, call.query
    chosen = sorted(values.chosen(None, query.search, query.flow))
    page = listed(chosen, query)
    return ValueList(values.rows(page.items), page.next, len(chosen))


ROUTES = [Route("GET", "values", "viewer", read, ValueList, query=ValueQuery)]
