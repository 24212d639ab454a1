"""`log`: the engine's last lines."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from flowengine.runtime.logs import LogLine
from web_editor.monitor.log_filter import wanted
from web_editor.routing import Call, Listed, Query, Route, listed


class LogQuery(Query):
    """Which lines."""

    level: str = ""
    flow: str = ""
    search: Annotated[str, Meta(max_length=1000)] = ""


async def read(call: Call) -> Listed:
    """The last log lines, newest first."""
    query = call.query
    lines = wanted(call.services.log.lines(), query.level, query.flow, query.search)
    return listed(lines[::-1], query)


ROUTES = [Route("GET", "log", "viewer", read, list[LogLine], query=LogQuery)]
