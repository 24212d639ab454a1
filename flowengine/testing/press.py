"""Presses the widgets of operator pages in flow tests, as somebody of a role would."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from flowengine.flow.cases import Press
from flowengine.flow.pages import Form, Pressable, PressRefused, may_press, payload_of, read_page, read_widget
from flowengine.message import Message
from flowengine.runtime.context import Services
from flowengine.runtime.flow import FlowRuntime
from flowengine.runtime.inject import Full, inject
from flowengine.store.rtdb import Rtdb


async def press_all(presses: Sequence[Press], runtime: FlowRuntime, services: Services) -> list[str]:
    """Press at the written times; one line for each that went otherwise than the test says."""
    lines = []
    for press in sorted(presses, key=lambda each: each.at):
        await asyncio.sleep(max(0.0, press.at - services.clock.now_s()))
        fault = _pressed(press, runtime, services)
        if bool(fault) != press.refused:
            lines.append(f"press {press.page}/{press.widget}: {fault or 'was not refused'}")
    return lines


def _pressed(press: Press, runtime: FlowRuntime, services: Services) -> str:
    """Why pressing was refused; empty when it was not."""
    try:
        page = read_page(runtime.flow.pages[press.page])
        widget = read_widget(page.widgets[press.widget])
    except ValueError:
        return "the page is declared wrongly: flowengine check says how"
    if not isinstance(widget, Pressable):
        return "this widget only shows"
    if not may_press(press.role, page, widget):
        return f"the role {press.role} may not press it"
    try:
        payload = payload_of(widget, _as_shown(widget, press.values, services.rtdb))
        message = Message(payload, widget.topic, meta={"by": "test"})
        for node in [widget.to] if isinstance(widget.to, str) else widget.to:
            inject(runtime, services, node, message)
    except PressRefused as refused:
        return f"{refused.field}: {refused}" if refused.field else str(refused)
    except (KeyError, Full):
        return "the node that it leads to is not there, or its queue is full"
    return ""


def _as_shown(widget: Pressable, values: Any, rtdb: Rtdb) -> Any:
    """A form as the editor shows it first, with present values, and what the test fills in."""
    if not isinstance(widget, Form) or not isinstance(values, dict | None):
        return values
    first = {name: field["default"] for name, field in widget.fields.items() if "default" in field}
    points = {name: rtdb.get(field["key"]) for name, field in widget.fields.items() if "key" in field}
    present = {name: point.value for name, point in points.items() if point is not None}
    return {**first, **present, **(values or {})}
