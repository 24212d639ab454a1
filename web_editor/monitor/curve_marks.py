"""What belongs on the curve of one point beside its values: limits, and when alarms were active. Reads only."""

from __future__ import annotations

import asyncio

import msgspec

from web_editor.monitor.alarm_schemas import Priority
from web_editor.monitor.alarm_service import AlarmService
from web_editor.monitor.watched_points import LimitLine

MOST_ALARMS = 50
"""Of one point; on a curve more of them cannot be told apart."""


class AlarmSpan(msgspec.Struct):
    """A time in which an alarm was active; `to_ms` is null for one that was at the end of what is asked for."""

    alarm: str
    flow: str
    node: str
    title: str
    priority: Priority
    from_ms: float
    to_ms: float | None


class CurveMarks(msgspec.Struct):
    """Limits as they are now, and alarms of a stretch of time, oldest first."""

    key: str
    limits: list[LimitLine]
    alarms: list[AlarmSpan]


async def marks_of(alarms: AlarmService, key: str, from_ms: float, to_ms: float) -> CurveMarks:
    """The marks of a point between two times."""
    watching = [alarm for alarm in alarms.records.values() if alarm.point == key][:MOST_ALARMS]
    await alarms.save()  # what was raised just now is told too
    spans = []
    for alarm in watching:
        found = await asyncio.to_thread(
            alarms.journal.active, alarm.id, round(from_ms * 1e6), round(to_ms * 1e6)
        )  # fmt: skip
        about = (alarm.id, alarm.flow, alarm.node, alarm.title, alarm.priority)
        spans += [AlarmSpan(*about, at_ns / 1e6, None if end is None else end / 1e6) for at_ns, end in found]
    limits = alarms.watched.lines(key, alarms.listener.sources())
    return CurveMarks(key, limits, sorted(spans, key=lambda span: span.from_ms))
