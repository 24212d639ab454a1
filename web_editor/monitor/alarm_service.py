"""Alarms as they are watched and handled: what nodes tell, what operators did, since when. Kept over restarts.

When an alarm is raised or cleared is the node's business alone; this only follows.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from typing import Any

import msgspec

from flowengine.alarms import AlarmSource
from flowengine.engine import Engine
from flowengine.flow.places import internal
from flowengine.store.alarm_journal import AlarmJournal, Event
from web_editor.jsons import plain, to_json
from web_editor.monitor.alarm_listener import AlarmListener
from web_editor.monitor.alarm_schemas import ACTIVE, HIDDEN, STATES, Alarm, OutOfService, Shelved
from web_editor.monitor.shared_alarms import ALARMS, Row, packed
from web_editor.monitor.watched_points import WatchedPoints, shown

MOST_RECORDS = 20_000
LOOK_S = 1.0


class AlarmService:
    """All alarms of one engine. `version` grows with each change."""

    def __init__(self, engine: Engine, journal: AlarmJournal):
        self._engine = engine
        self.journal = journal
        self.version = 0
        self.records: dict[str, Alarm] = {}
        self.changed: dict[str, int] = {}
        self.listener = AlarmListener(engine)
        self.watched = WatchedPoints(engine)
        self._events: list[Event] = []
        self._renamed: list[tuple[str, str]] = []
        self._dirty: dict[str, None] = {}
        self._looked_s = float("-inf")
        self._saving = asyncio.Lock()

    async def load(self) -> None:
        """Bring back what an earlier run kept."""
        for id, record in (await asyncio.to_thread(self.journal.records)).items():
            try:
                self.records[id] = msgspec.json.decode(record, type=Alarm)
            except msgspec.DecodeError:
                continue

    async def keep(self) -> None:
        """Follow the nodes and write what happens, until cancelled."""
        while True:
            await asyncio.sleep(0.1)
            self.follow(self._engine.clock.now_s())
            await self.save()

    async def save(self) -> None:
        """Write what has not been written yet; it is on disk when this returns."""
        async with self._saving:
            events, self._events = self._events, []
            dirty, self._dirty = self._dirty, {}
            renamed, self._renamed = self._renamed, []
            for old, new in renamed:
                await asyncio.to_thread(self.journal.rename, old, new)
            rows: list[Row] = []
            if events or dirty:
                rows = [(id, to_json(self.records[id]) if id in self.records else None) for id in dirty]
                await asyncio.to_thread(self.journal.add, events, rows)
            if self._engine.cluster is not None:
                for part in packed(events, rows, renamed):
                    self._engine.cluster.share(ALARMS, part)

    def follow(self, now_s: float) -> None:
        """Take in what nodes told since last time; once a second, compare with what they say of themselves."""
        for flow, node, was in self.listener.renamed():
            for old, new in _rename(self.records, flow, node, was):
                self._renamed.append((old, new))
                self.touch(old)
                self.touch(new)
        for flow, node, entry, at_ns in self.listener.take():
            self._see(flow, node, str(entry.get("key", "")), str(entry.get("new", "")), entry, at_ns)
            self._escalated(flow, node, entry, at_ns)
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            self._compare()

    def source(self, alarm: Alarm) -> AlarmSource | None:
        """The node that has the alarm, None when it does not run."""
        return self.listener.source(alarm.flow, alarm.node, alarm.key)

    def add_event(self, alarm: Alarm, event: str, by: str | None, comment: str, at_ns: int) -> None:
        """Something happened to an alarm, which is as it is now."""
        said = (alarm.id, alarm.flow, alarm.title, at_ns, by, event, comment, to_json(alarm.value))
        self._events.append(Event(*said))
        self.touch(alarm.id)

    def touch(self, id: str, is_saved: bool = False) -> None:
        """An alarm is to be told and, unless it is, saved."""
        if not is_saved:
            self._dirty[id] = None
        self.version += 1
        self.changed.pop(id, None)
        self.changed[id] = self.version
        if len(self.changed) > 2 * MOST_RECORDS:
            del self.changed[next(iter(self.changed))]

    def present(self) -> list[Alarm]:
        """Alarms that are not at rest, the most urgent first."""
        return sorted((alarm for alarm in self.records.values() if not alarm.at_rest), key=Alarm.urgency)

    def _compare(self) -> None:
        at_ns = self._engine.clock.time_ns()
        seen = set()
        for flow, node, source in self.listener.sources():
            for row in source.alarms():
                key = str(row.get("key", ""))
                seen.add(alarm_id(flow, node, key))
                self._see(flow, node, key, str(row.get("state", "")), row, at_ns)
        for alarm in [a for a in self.records.values() if a.id not in seen and not a.at_rest]:
            # Of a flow that does not run nothing is known: its alarms stay as they were.
            if self.source(alarm) is not None:
                self._see(alarm.flow, alarm.node, alarm.key, "normal", {}, at_ns)

    def _see(self, flow: str, node: str, key: str, state: str, facts: Mapping[str, Any], at_ns: int) -> None:
        id = alarm_id(flow, node, key)
        alarm = self.records.get(id)
        if alarm is None:
            if state == "normal":
                return
            alarm = self.records[id] = Alarm(id, flow, node, key, node, since_ms=at_ns / 1e6)
            self._forget()
        if _describe(alarm, facts) | _explain(alarm, self._engine) | _place(alarm, self.source(alarm), self.watched):
            self.touch(id)
        self._reveal(alarm, state, at_ns)
        if state not in HIDDEN:
            self._change(alarm, state, at_ns)

    def _escalated(self, flow: str, node: str, entry: Mapping[str, Any], at_ns: int) -> None:
        alarm = self.records.get(alarm_id(flow, node, str(entry.get("key", ""))))
        if alarm is not None and entry.get("notice") == "escalated":
            self.add_event(alarm, "escalated", None, "", at_ns)

    def _reveal(self, alarm: Alarm, state: str, at_ns: int) -> None:
        """What hid the alarm came, or has gone by itself."""
        if alarm.shelved is not None and state not in HIDDEN:
            alarm.shelved = None
            self.add_event(alarm, "unshelved", None, "", at_ns)
        elif alarm.shelved is None and state == "shelved":
            alarm.shelved = Shelved("", at_ns / 1e6, None, "")
            self.touch(alarm.id)
        if alarm.out_of_service is not None and state != "out_of_service":
            alarm.out_of_service = None
            self.add_event(alarm, "in_service", None, "", at_ns)
        elif alarm.out_of_service is None and state == "out_of_service":
            alarm.out_of_service = OutOfService("", at_ns / 1e6, "")
            self.touch(alarm.id)

    def _change(self, alarm: Alarm, state: str, at_ns: int) -> None:
        if (state == "stale") != alarm.stale:
            alarm.stale = state == "stale"
            self.add_event(alarm, "stale" if alarm.stale else "fresh", None, "", at_ns)
        if (state == "uncertain") != alarm.uncertain:
            alarm.uncertain, alarm.since_ms = state == "uncertain", at_ns / 1e6
            self.add_event(alarm, "uncertain" if alarm.uncertain else "certain", None, "", at_ns)
        new = state if state in STATES else "normal"
        old = alarm.state
        if new == old:
            return
        alarm.state = new  # type: ignore[assignment]
        if new == "active_unacknowledged":
            alarm.count += 1
            alarm.since_ms, alarm.acknowledged = at_ns / 1e6, None
            self.add_event(alarm, "raised", None, "", at_ns)
        elif old in ACTIVE and new not in ACTIVE:
            self.add_event(alarm, "cleared", None, "", at_ns)
        elif new == "active_acknowledged":
            self.add_event(alarm, "acknowledged", None, "", at_ns)
        else:
            self.touch(alarm.id)
        if new == "normal":
            alarm.since_ms, alarm.acknowledged = at_ns / 1e6, None

    def _forget(self) -> None:
        """Alarms at rest beyond the bound go, the oldest first."""
        if len(self.records) > MOST_RECORDS:
            for id in [alarm.id for alarm in self.records.values() if alarm.at_rest][: MOST_RECORDS // 10]:
                del self.records[id]
                self.touch(id)


def _rename(records: dict[str, Alarm], flow: str, node: str, was: str) -> list[tuple[str, str]]:
    """The alarms of a node that got another name are those of the new one: their old and new ids."""
    moved = []
    for alarm in [alarm for alarm in records.values() if (alarm.flow, alarm.node) == (flow, was)]:
        old, alarm.id, alarm.node = alarm.id, alarm_id(flow, node, alarm.key), node
        records[alarm.id] = records.pop(old)
        moved.append((old, alarm.id))
    return moved


def alarm_id(flow: str, node: str, key: str) -> str:
    """An id of letters, digits and `._~-`, the same over restarts."""
    coded = base64.urlsafe_b64encode(key.encode("utf-8", "surrogatepass")).rstrip(b"=").decode()
    return f"{flow}~{internal(node)}~{coded}"


def _explain(alarm: Alarm, engine: Engine) -> bool:
    """Take over what the flow that runs says of the alarm's node; whether anything is new."""
    runtime = engine.flows.get(alarm.flow)
    spec = runtime.flow.nodes.get(internal(alarm.node)) if runtime else None
    if spec is None:
        return False
    before = (alarm.note, alarm.condition)
    alarm.note, alarm.condition = spec.note[:1000], str(spec.options.get("when") or "")[:200]
    return before != (alarm.note, alarm.condition)


def _place(alarm: Alarm, source: AlarmSource | None, watched: WatchedPoints) -> bool:
    """Take over which point the alarm watches and its limits; whether anything is new."""
    if source is None:
        return False
    before = (alarm.point, alarm.limits, alarm.unit)
    alarm.point = watched.point(alarm.flow, alarm.node, source, alarm.key) or alarm.point
    alarm.limits = shown(source.limits(alarm.key)) or alarm.limits
    alarm.unit = alarm.unit or watched.unit(alarm.point)
    return before != (alarm.point, alarm.limits, alarm.unit)


def _describe(alarm: Alarm, facts: Mapping[str, Any]) -> bool:
    """Take over what the node says of the alarm; whether anything is new."""
    before = (alarm.title, alarm.priority, alarm.value, alarm.unit, alarm.group)
    alarm.title = str(facts.get("title") or alarm.title)[:500]
    if facts.get("priority") in ("low", "medium", "high", "critical"):
        alarm.priority = facts["priority"]
    if "value" in facts:
        alarm.value = plain(facts["value"])
    if isinstance(facts.get("unit"), str):
        alarm.unit = facts["unit"]
    if isinstance(facts.get("group"), str):
        alarm.group = facts["group"]
    return before != (alarm.title, alarm.priority, alarm.value, alarm.unit, alarm.group)
