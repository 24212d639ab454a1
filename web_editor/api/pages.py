"""`pages`: what flows offer to operators, and the messages that pressing makes. Each press is audited."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from flowengine.errors import Unavailable
from flowengine.flow.pages import (
    DeclaredPage,
    Pressable,
    PressRefused,
    Setpoint,
    Widget,
    payload_of,
    read_page,
    read_widget,
)
from flowengine.flow.places import internal
from flowengine.message import Message
from flowengine.node import Sink
from web_editor.api.inject import putting
from web_editor.auth.access import Caller
from web_editor.problems import Fault
from web_editor.routing import Body, Call, Listed, Query, Route, listed
from web_editor.workspace.page_schemas import Page, PageSummary, widget_for

SHOWN_WRITES = 20
ANSWER_S = 5.0
"""How long an answer waits for the flow's word: a person has not yet looked away, and a device had time to say no."""


class Press(Body):
    """What was chosen: null for a button, a side of a switch, a number for a set-point, the object of a form."""

    value: Any


class Pressed(msgspec.Struct):
    """What became of it: taken by all it went to, or waiting for what `reason` names if that is known."""

    id: str
    state: Literal["sent", "waiting"]
    reason: str


class WriteRow(msgspec.Struct):
    """One write; `result` is null while it is under way."""

    at_ms: float
    node: str
    """Which node wrote: a set-point may go to several."""

    by: str
    point: str
    value: Any
    old: Any
    read_back: Any
    result: Literal["written", "refused", "differs", "no answer"] | None
    reason: str


class WriteList(msgspec.Struct):
    """The last ones, newest first."""

    items: list[WriteRow]


async def list_pages(call: Call) -> Listed:
    """Pages that the caller may open."""
    found = [
        PageSummary(flow, id, page.title or id)
        for flow, runtime in call.services.engine.flows.items()
        for id, page in _pages(runtime.flow.pages)
        if _may(call.caller, page)
    ]
    return listed(found, call.query)


async def read(call: Call) -> Page:
    """A page to draw."""
    flow, id = call.part("flow"), call.part("page")
    page = _page(call, flow, id)
    widgets = []
    for name, raw in page.widgets.items():
        try:
            widget = read_widget(raw)
        except ValueError:
            continue  # the flow's diagnostics say what is wrong with it
        widgets.append(widget_for(name, widget, _may_press(call.caller, widget)))
    return Page(flow, id, page.title or id, widgets)


async def press(call: Call) -> Pressed:
    """Press a button, turn a switch or send a form, and hear what the flow makes of it; what it refuses is 422."""
    flow, id, name = call.part("flow"), call.part("page"), call.part("widget")
    widget = _widget(call, flow, id, name)
    if not isinstance(widget, Pressable):
        raise Fault("refused", "this widget only shows")
    if not _may_press(call.caller, widget):
        raise Fault("forbidden", f"this needs the role {widget.role}")
    call.services.inject_throttle.take([call.user], time.monotonic())
    try:
        message = Message(payload_of(widget, call.body.value), widget.topic, meta={"by": call.user})
    except PressRefused as refused:
        raise Fault("bad-request", str(refused), field=".".join(filter(None, ("value", refused.field)))) from None
    engine = call.services.engine
    with putting(engine, flow):
        outcome = await engine.order(flow, _targets(widget), message, ANSWER_S)
    said = call.services.encode(call.body.value).decode()
    about = ": ".join(filter(None, (outcome.state, outcome.reason)))
    said = said if outcome.state == "sent" else f"{said} ({about})"
    await call.services.record(call.user, "press", f"{flow}/{id}/{name}", said)
    if outcome.state == "refused":
        raise Fault("flow-refused", outcome.reason)
    return Pressed(str(outcome.id), outcome.state, outcome.reason)


async def writes(call: Call) -> WriteList:
    """What became of the last writes of the nodes that a set-point goes to, newest first; who wrote what, when."""
    flow, id, name = call.part("flow"), call.part("page"), call.part("widget")
    widget = _widget(call, flow, id, name)
    if not isinstance(widget, Setpoint):
        raise Fault("refused", "this widget is no set-point")
    found: list[WriteRow] = []
    for node in _targets(widget):
        station = call.services.engine.flows[flow].stations.get(internal(node))
        if station is not None and station.node is None:
            raise Fault("not-found", f"no worker that answers runs {node!r}")
        if station is not None and isinstance(station.node, Sink):
            try:
                made = await station.node.history(SHOWN_WRITES, widget.point)
            except Unavailable as away:
                raise Fault("refused", str(away)) from None
            found += [msgspec.convert({**each, "at_ms": each["at_ns"] / 1e6, "node": node}, WriteRow) for each in made]
    return WriteList(sorted(found, key=lambda each: -each.at_ms)[:SHOWN_WRITES])


def _widget(call: Call, flow: str, id: str, name: str) -> Widget:
    """Raises `Fault` where there is none, or none that can be read."""
    page = _page(call, flow, id)
    try:
        return read_widget(page.widgets[name])
    except (KeyError, ValueError):
        raise Fault("not-found", "there is no such widget") from None


def _targets(widget: Pressable) -> Sequence[str]:
    return [widget.to] if isinstance(widget.to, str) else widget.to


def _page(call: Call, flow: str, id: str) -> DeclaredPage:
    runtime = call.services.engine.flows.get(flow)
    if runtime is None:
        raise Fault("not-running" if call.route.method == "POST" else "not-found", f"the flow {flow!r} does not run")
    page = dict(_pages(runtime.flow.pages)).get(id)
    if page is None:
        raise Fault("not-found", "there is no such page")
    if not _may(call.caller, page):
        raise Fault("forbidden", f"this page needs the role {page.role}")
    return page


def _pages(declared: Any) -> Iterator[tuple[str, DeclaredPage]]:
    for id, raw in declared.items():
        try:
            yield id, read_page(raw)
        except (msgspec.ValidationError, ValueError):
            continue


def _may(caller: Caller | None, page: DeclaredPage) -> bool:
    return caller is not None and caller.may(page.role)


def _may_press(caller: Caller | None, widget: Widget) -> bool:
    return caller is not None and isinstance(widget, Pressable) and caller.may("operator") and caller.may(widget.role)


ROUTES = [
    Route("GET", "pages", "viewer", list_pages, list[PageSummary], query=Query),
    Route("GET", "flows/{flow}/pages/{page}", "viewer", read, Page),
    Route("GET", "flows/{flow}/pages/{page}/widgets/{widget}/writes", "viewer", writes, WriteList, owned=True),
    Route(
        "POST", "flows/{flow}/pages/{page}/widgets/{widget}", "operator", press, Pressed, Press, status=202,
        owned=True,
    ),
]  # fmt: skip
