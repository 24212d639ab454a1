"""Checks operator pages: what cannot be drawn, and what leads nowhere. Neither keeps a flow from running."""

from __future__ import annotations

from typing import Any

from flowengine.flow.model import Flow
from flowengine.flow.places import internal, public
from flowengine.flow.settings import Report
from flowengine.flow.wires import leaves


def check_pages(flow: Flow, report: Report) -> None:
    """Report what is wrong with the pages of a flow, as warnings: it runs without what they get wrong."""
    if not flow.pages:
        return
    from flowengine.flow.page_faults import faults  # many flows have no pages

    for path, said, hint, key in faults(flow.pages):
        *way, each = _of_template(path)
        place = tuple(way)
        about = place if len(place) <= 4 and not key else None  # it may quote any option of the widget
        report(place, said, hint, key=key, each=each, severity="warning", code="bad-page", quotes=True, about=about)
    for id, page in flow.pages.items():
        widgets = page.get("widgets") if isinstance(page, dict) else None
        for name, widget in (widgets if isinstance(widgets, dict) else {}).items():
            _check_wires(flow, ("pages", id, "widgets", name), widget, report)


def _check_wires(flow: Flow, path: tuple[str, ...], widget: Any, report: Report) -> None:
    if not isinstance(widget, dict) or widget.get("type") == "link":
        return
    for place, target in leaves((*path, "to"), widget.get("to")):
        *way, each = _of_template(place)
        if isinstance(target, str) and internal(target) not in flow.nodes:
            known = [public(id) for id in flow.nodes]
            said = f"leads to {target!r}, which does not exist"
            report(tuple(way), said, (target, known), each=each, severity="warning", code="unknown-node", quotes=True)


def _of_template(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The path as the file has it, and behind it which instance of a widget it is of."""
    if len(path) < 4:
        return (*path, "")
    name, _, each = str(path[3]).partition(".")
    return (*path[:3], name, *path[4:], each)
