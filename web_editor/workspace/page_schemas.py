"""Operator pages as the editor is told of them. Reads no values, presses nothing."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from flowengine.config import seconds
from flowengine.flow.pages import Button, Form, Setpoint, Table, Text, TrendWidget, Widget, form_schema


class PageSummary(msgspec.Struct):
    """A page in a list."""

    flow: str
    page: str
    title: str


class Page(PageSummary):
    """A page to draw."""

    widgets: list[ShownWidget]


class ShownWidget(msgspec.Struct, omit_defaults=True):
    """A widget to draw; which keys it has depends on its type."""

    id: str
    title: str
    may: bool | UnsetType = UNSET
    type: str | UnsetType = UNSET
    key: str | UnsetType = UNSET
    keys: str | list[str] | UnsetType = UNSET
    unit: str | UnsetType | None = UNSET
    digits: int | UnsetType | None = UNSET
    min: float | UnsetType = UNSET
    max: float | UnsetType = UNSET
    step: float | UnsetType | None = UNSET
    warn: float | UnsetType | None = UNSET
    error: float | UnsetType | None = UNSET
    span_s: float | UnsetType = UNSET
    label: str | UnsetType = UNSET
    confirm: str | UnsetType | None = UNSET
    on: Any | UnsetType = UNSET
    off: Any | UnsetType = UNSET
    schema: dict[str, Any] | UnsetType = UNSET
    columns: list[str] | UnsetType = UNSET
    headings: list[str] | UnsetType = UNSET
    words: dict[str, str] | UnsetType = UNSET
    text: str | UnsetType = UNSET


def widget_for(id: str, widget: Widget, may: bool) -> ShownWidget:
    """The widget without what only the engine needs to know."""
    kind: Literal["type"] = widget.__struct_config__.tag  # type: ignore[assignment]
    fields = {name: getattr(widget, name) for name in widget.__struct_fields__}
    shown = {name: value for name, value in fields.items() if name in ShownWidget.__struct_fields__}
    if isinstance(widget, TrendWidget):
        shown["span_s"] = seconds(widget.span)
    if isinstance(widget, Form):
        shown["schema"] = form_schema(widget)
    if isinstance(widget, Table):
        columns = widget.columns
        shown["columns"] = [*columns]
        shown["headings"] = [*columns.values()] if isinstance(columns, dict) else [""] * len(columns)
    if isinstance(widget, Button | Form | Setpoint):
        shown["label"] = widget.label or widget.title or id
    shown["title"] = widget.title or ("" if isinstance(widget, Text) else id)
    return ShownWidget(id=id, type=kind, may=may, **shown)
