"""`alarms`: the list, the history, and what operators do. Each act is audited, and on disk before it is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, cast

import msgspec
from msgspec import Meta

from flowengine.alarms import AlarmSource
from web_editor.monitor.alarm_schemas import Acknowledged, Alarm, AlarmEvent, Happening, OutOfService, Shelved
from web_editor.problems import Fault
from web_editor.routing import Body, Call, Listed, Query, Route, listed

Words = Annotated[str, Meta(max_length=1000)]
Reason = Annotated[str, Meta(min_length=1, max_length=1000)]
Act = Callable[[AlarmSource, Alarm, float], None]


class Comment(Body):
    """What there is to say."""

    comment: Words = ""


class Said(Body):
    """What has to be said."""

    comment: Reason


class Why(Body):
    """Why."""

    reason: Reason


class Shelve(Body):
    """Why, and for how long or once."""

    reason: Reason
    for_s: Annotated[float, Meta(gt=0, le=31_536_000)] | None = None
    once: bool = False


class OfGroup(Body):
    """Which group of which node, and what there is to say."""

    flow: Annotated[str, Meta(max_length=200)]
    node: Annotated[str, Meta(max_length=200)]
    group: Annotated[str, Meta(max_length=1000)]
    comment: Words = ""


class AlarmQuery(Query):
    """Which alarms."""

    flow: str = ""
    state: str = ""
    search: Annotated[str, Meta(max_length=500)] = ""
    group: Annotated[str, Meta(max_length=1000)] | None = None


class HistoryQuery(Query):
    """Whose history."""

    flow: str = ""
    alarm: str = ""


async def list_alarms(call: Call) -> Listed:
    """Alarms that are not at rest, the most urgent first."""
    query, text = call.query, call.query.search.casefold()
    found = [
        alarm
        for alarm in call.services.alarms.present()
        if (not query.flow or alarm.flow == query.flow)
        and (not query.state or alarm.state == query.state)
        and (query.group is None or alarm.group == query.group)
        and (not text or text in f"{alarm.title} {alarm.key} {alarm.node}".casefold())
    ]
    return listed(found, query)


async def history(call: Call) -> Listed:
    """What happened to alarms, newest first."""
    query = call.query
    if query.cursor and not (query.cursor.isascii() and query.cursor.isdigit() and len(query.cursor) < 19):
        raise Fault("bad-request", "cursor is what `next` of an earlier answer said", field="cursor")
    before = int(query.cursor) if query.cursor else None
    events = await asyncio.to_thread(
        call.services.alarms.journal.events, query.limit + 1, before, query.flow, query.alarm
    )  # fmt: skip
    page = [
        AlarmEvent(
            str(e.id), e.alarm, e.title, e.at_ns / 1e6, e.by, cast(Happening, e.event), e.comment, msgspec.Raw(e.value)
        )
        for e in events[: query.limit]
    ]
    return Listed(page, page[-1].id if len(events) > len(page) else None)


async def acknowledge(call: Call) -> Alarm:
    """Say that one has seen the alarm."""
    return await _act(call, "acknowledged", call.body.comment, _acknowledging(call))


async def acknowledge_group(call: Call) -> list[Alarm]:
    """Say that one has seen all alarms of a group, as one act; those that were not acknowledged yet."""
    alarms, body = call.services.alarms, call.body
    alarms.follow(call.services.engine.clock.now_s())
    place = (body.flow, body.node, body.group)
    found = [a for a in alarms.present() if (a.flow, a.node, a.group) == place and a.unacknowledged]
    if not found:
        raise Fault("not-found", "there is no such group, or all of it is acknowledged")
    for alarm in found:
        _apply(call, alarm, "acknowledged", body.comment, _acknowledging(call))
    await alarms.save()
    subject = f"{body.flow}/{body.node} {body.group}".strip()
    await call.services.record(call.user, "alarm group acknowledged", subject, f"{len(found)} {body.comment}".strip())
    return found


def _acknowledging(call: Call) -> Act:
    def act(node: AlarmSource, alarm: Alarm, at_ms: float) -> None:
        node.acknowledge(alarm.key, call.user, call.body.comment)
        if alarm.state == "cleared_unacknowledged":
            alarm.state, alarm.acknowledged = "normal", None
        else:
            alarm.state, alarm.acknowledged = "active_acknowledged", Acknowledged(call.user, at_ms, call.body.comment)

    return act


async def shelve(call: Call) -> Alarm:
    """Silence the alarm for a time or once."""
    body = call.body
    if (body.for_s is None) != body.once:
        raise Fault("bad-request", "exactly one of `for_s` and `once: true`", field="for_s")

    def act(node: AlarmSource, alarm: Alarm, at_ms: float) -> None:
        node.shelve(alarm.key, call.user, body.reason, body.for_s)
        until_ms = None if body.for_s is None else at_ms + body.for_s * 1000
        alarm.shelved = Shelved(call.user, at_ms, until_ms, body.reason)

    return await _act(call, "shelved", body.reason, act)


async def unshelve(call: Call) -> Alarm:
    """End shelving before its time."""

    def act(node: AlarmSource, alarm: Alarm, at_ms: float) -> None:
        node.unshelve(alarm.key, call.user, call.body.comment)
        alarm.shelved = None

    return await _act(call, "unshelved", call.body.comment, act)


async def out_of_service(call: Call) -> Alarm:
    """Take the alarm out of service."""

    def act(node: AlarmSource, alarm: Alarm, at_ms: float) -> None:
        node.out_of_service(alarm.key, call.user, call.body.reason)
        alarm.out_of_service = OutOfService(call.user, at_ms, call.body.reason)

    return await _act(call, "out_of_service", call.body.reason, act)


async def in_service(call: Call) -> Alarm:
    """Put the alarm back into service."""

    def act(node: AlarmSource, alarm: Alarm, at_ms: float) -> None:
        node.out_of_service(alarm.key, call.user, call.body.comment, out=False)
        alarm.out_of_service = None

    return await _act(call, "in_service", call.body.comment, act)


async def comment(call: Call) -> Alarm:
    """Write a comment beside the alarm."""

    def act(node: AlarmSource, alarm: Alarm, at_ms: float) -> None:
        alarm.comments += 1

    return await _act(call, "comment", call.body.comment, act)


async def _act(call: Call, event: str, words: str, act: Act) -> Alarm:
    alarms = call.services.alarms
    alarms.follow(call.services.engine.clock.now_s())
    alarm = alarms.records.get(call.part("alarm"))
    if alarm is None:
        raise Fault("not-found", "there is no such alarm")
    _apply(call, alarm, event, words, act)
    await alarms.save()
    await call.services.record(call.user, f"alarm {event}", f"{alarm.flow}/{alarm.node} {alarm.key}".strip(), words)
    return alarm


def _apply(call: Call, alarm: Alarm, event: str, words: str, act: Act) -> None:
    """Do it and remember it. Raises `Fault`."""
    alarms = call.services.alarms
    node = alarms.source(alarm)
    if node is None:
        raise Fault("not-running", f"{alarm.flow}/{alarm.node} does not run")
    at_ns = call.services.engine.clock.time_ns()
    try:
        act(node, alarm, at_ns / 1e6)
    except ValueError as fault:
        raise Fault("refused", str(fault)) from None
    alarms.add_event(alarm, event, call.user, words, at_ns)


ROUTES = [
    Route("GET", "alarms", "viewer", list_alarms, list[Alarm], query=AlarmQuery),
    Route("GET", "alarms/history", "viewer", history, list[AlarmEvent], query=HistoryQuery),
    Route("POST", "alarms/acknowledge", "operator", acknowledge_group, list[Alarm], OfGroup, owned=True),
    Route("POST", "alarms/{alarm}/acknowledge", "operator", acknowledge, Alarm, Comment, owned=True),
    Route("POST", "alarms/{alarm}/shelve", "operator", shelve, Alarm, Shelve, owned=True),
    Route("POST", "alarms/{alarm}/unshelve", "operator", unshelve, Alarm, Comment, owned=True),
    Route("POST", "alarms/{alarm}/out-of-service", "integrator", out_of_service, Alarm, Why, owned=True),
    Route("POST", "alarms/{alarm}/in-service", "integrator", in_service, Alarm, Comment, owned=True),
    Route("POST", "alarms/{alarm}/comment", "operator", comment, Alarm, Said, owned=True),
]
