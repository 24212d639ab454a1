"""Pages as a flow's text declares them, deployed or not, and the widgets there are: what building a page needs."""

from __future__ import annotations

import asyncio

from web_editor.problems import Fault
from web_editor.routing import Call, Listed, Query, Route, listed
from web_editor.workspace.page_schemas import DraftPage, WidgetType, draft_page, widget_types


async def read_draft(call: Call) -> DraftPage:
    """A page of the flow's text."""
    workspace, id = call.editing.workspace, call.part("page")
    flow = await workspace.find(call.part("flow"))
    found = await asyncio.to_thread(workspace.texts.check, flow, flow.text)
    data = found.document.data
    pages = data.get("pages") if isinstance(data, dict) else None
    if not isinstance(pages, dict) or id not in pages:
        raise Fault("not-found", "there is no such page")
    try:
        return draft_page(flow.id, id, pages[id])
    except ValueError as fault:
        raise Fault("invalid-flow", str(fault)) from None


async def list_types(call: Call) -> Listed:
    """Every kind of widget."""
    return listed(widget_types(), call.query)


ROUTES = [
    Route("GET", "flows/{flow}/drafts/{page}", "integrator", read_draft, DraftPage, exact=True),
    Route("GET", "widget-types", "integrator", list_types, list[WidgetType], query=Query),
]
