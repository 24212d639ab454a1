"""What one worker writes about alarms, packed for the others of its cluster, and taken in by them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

import msgspec

from flowengine.store.alarm_journal import Event
from web_editor.monitor.alarm_schemas import Alarm

if TYPE_CHECKING:
    from web_editor.monitor.alarm_service import AlarmService

ALARMS = "alarms"
AT_ONCE = 100
"""Events and records in one message."""

Row = tuple[str, bytes | None]
Renamed = tuple[str, str]


def packed(events: Sequence[Event], rows: Sequence[Row], renamed: Sequence[Renamed]) -> Iterator[bytes]:
    """In messages that are not too large, in order."""
    if renamed:
        yield msgspec.msgpack.encode(([], [], renamed))
    for some in _batches(events):
        yield msgspec.msgpack.encode(([astuple(each)[:8] for each in some], [], []))
    for parts in _batches(rows):
        yield msgspec.msgpack.encode(([], parts, []))


def unpacked(told: bytes) -> tuple[list[Event], list[Row], list[Renamed]]:
    """Events, records and names as the other worker has them."""
    events, rows, renamed = msgspec.msgpack.decode(told)
    return [Event(*each) for each in events], [(id, row) for id, row in rows], [(old, new) for old, new in renamed]


async def take_in(service: AlarmService, told: bytes) -> None:
    """Alarms of another worker are here as it has them."""
    events, rows, renamed = unpacked(told)
    for old, new in renamed:
        await asyncio.to_thread(service.journal.rename, old, new)
    await asyncio.to_thread(service.journal.add, events, rows)
    for id, record in rows:
        if record is None:
            service.records.pop(id, None)
        else:
            service.records[id] = msgspec.json.decode(record, type=Alarm)
        service.touch(id, is_saved=True)


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]
