"""`trends`: how numeric values went (the last changes from RAM, before that from disk), and what belongs with them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from web_editor.monitor.curve_marks import CurveMarks, marks_of
from web_editor.monitor.trends import Trend
from web_editor.problems import Fault
from web_editor.routing import Call, Route


class TrendQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which key, when, and how finely; the last hour by default."""

    key: Annotated[str, Meta(max_length=1000)]
    from_ms: float | None = None
    to_ms: float | None = None
    points: Annotated[int, Meta(ge=2, le=2000)] = 500


class MarksQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which key, and when; the last hour by default."""

    key: Annotated[str, Meta(max_length=1000)]
    from_ms: float | None = None
    to_ms: float | None = None


async def read(call: Call) -> Trend:
    """How a numeric value went; without a point for one that nobody has written yet."""
    engine, query = call.services.engine, call.query
    from_ms, to_ms = _stretch(call)
    trend = await call.editing.trends.read(query.key, from_ms, to_ms, query.points)
    point = engine.rtdb.get(query.key)
    trend.unit = point.unit or None if point else None
    return trend


async def marks(call: Call) -> CurveMarks:
    """What belongs on that curve: the limits of the alarms that watch the point, and when they were active."""
    from_ms, to_ms = _stretch(call)
    return await marks_of(call.services.alarms, call.query.key, from_ms, to_ms)


def _stretch(call: Call) -> tuple[float, float]:
    """From when to when, in ms. Raises `Fault`."""
    query = call.query
    to_ms = query.to_ms if query.to_ms is not None else call.services.engine.clock.time_ns() / 1e6
    from_ms = query.from_ms if query.from_ms is not None else to_ms - 3_600_000
    if not 0 < to_ms - from_ms < 1e14:
        raise Fault("bad-request", "from_ms is before to_ms", field="from_ms")
    return from_ms, to_ms


ROUTES = [
    Route("GET", "trends", "viewer", read, Trend, query=TrendQuery),
    Route("GET", "trends/marks", "viewer", marks, CurveMarks, query=MarksQuery),
]
