"""`trends`: how numeric values went: the last changes from RAM, what was before by minutes and hours from disk."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from web_editor.monitor.trends import Trend
from web_editor.problems import Fault
from web_editor.routing import Call, Route


class TrendQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which key, when, and how finely; the last hour by default."""

    key: Annotated[str, Meta(max_length=1000)]
    from_ms: float | None = None
    to_ms: float | None = None
    points: Annotated[int, Meta(ge=2, le=2000)] = 500


async def read(call: Call) -> Trend:
    """How a numeric value went; without a point for one that nobody has written yet."""
    engine, query = call.services.engine, call.query
    to_ms = query.to_ms if query.to_ms is not None else engine.clock.time_ns() / 1e6
    from_ms = query.from_ms if query.from_ms is not None else to_ms - 3_600_000
    if not 0 < to_ms - from_ms < 1e14:
        raise Fault("bad-request", "from_ms is before to_ms", field="from_ms")
    trend = await call.editing.trends.read(query.key, from_ms, to_ms, query.points)
    point = engine.rtdb.get(query.key)
    trend.unit = point.unit or None if point else None
    return trend


ROUTES = [Route("GET", "trends", "viewer", read, Trend, query=TrendQuery)]
