"""`log`: the engine's last lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from flowengine.runtime.logs import LEVELS, LogLine
from web_editor.problems import Fault
from web_editor.routing import Call, Listed, Query, Route, listed


class LogQuery(Query):
    """Which lines."""

    level: str = ""
    flow: str = ""
    search: Annotated[str, Meta(max_length=1000)] = ""


async def read(call: Call) -> Listed:
    """The last log lines, newest first."""
    query = call.query
    lines = wanted(call.editor.log.lines(), query.level, query.flow, query.search)
    return listed(lines[::-1], query)


def wanted(lines: Iterable[LogLine], level: str, flow: str, search: str) -> list[LogLine]:
    """Lines of at least this level, of this flow, that hold this text. Raises `Fault` for an unknown level."""
    if level and level not in LEVELS:
        raise Fault("bad-request", f"level is one of {', '.join(LEVELS)}", field="level")
    least, text = LEVELS.index(level) if level else 0, search.casefold()
    return [
        line
        for line in lines
        if LEVELS.index(line.level) >= least
        and (not flow or line.flow == flow)
        and (not text or text in line.message.casefold())
    ]


ROUTES = [Route("GET", "log", "viewer", read, list[LogLine], query=LogQuery)]
