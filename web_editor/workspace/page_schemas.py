"""Operator pages as the editor is told of them. Reads no values, presses nothing."""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec
from msgspec import UNSET, UnsetType

from flowengine.config import seconds
from flowengine.flow.page_faults import fault_of
from flowengine.flow.pages import (
    Button,
    Form,
    Link,
    Pressable,
    Setpoint,
    Table,
    Text,
    TrendWidget,
    Widget,
    form_schema,
    read_page,
    read_widget,
)
from flowengine.flow.problem import nearest


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
    look: str | UnsetType = UNSET
    span_s: float | UnsetType = UNSET
    label: str | UnsetType = UNSET
    confirm: str | UnsetType | None = UNSET
    on: Any | UnsetType = UNSET
    off: Any | UnsetType = UNSET
    schema: dict[str, Any] | UnsetType = UNSET
    columns: list[str] | UnsetType = UNSET
    headings: list[str] | UnsetType = UNSET
    words: dict[str, str] | UnsetType = UNSET
    newest: bool | UnsetType = UNSET
    empty: str | UnsetType = UNSET
    text: str | UnsetType = UNSET
    grid: list[int] | UnsetType | None = UNSET
    source: str | UnsetType = UNSET
    alt: str | UnsetType = UNSET
    values: dict[str, list[float]] | UnsetType = UNSET
    to: str | UnsetType = UNSET
    states: dict[str, Any] | UnsetType = UNSET
    flows: str | UnsetType = UNSET


class WidgetType(msgspec.Struct):
    """A kind of widget, and the JSON Schema of its settings."""

    type: str
    summary: str
    schema: dict[str, Any]


class DraftWidget(msgspec.Struct):
    """A widget as the text has it; `shown` is null where something is wrong with it, which `fault` says."""

    id: str
    declared: dict[str, Any]
    shown: ShownWidget | None
    fault: str


class DraftPage(PageSummary):
    """A page of a flow's text, deployed or not."""

    widgets: list[DraftWidget]


def widget_types() -> list[WidgetType]:
    """Every kind of widget."""
    return [_type_of(kind) for kind in get_args(Widget)]


def _type_of(kind: type[Any]) -> WidgetType:
    _, defs = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    whole = dict(defs.pop(kind.__name__))
    whole["properties"] = {name: each for name, each in whole["properties"].items() if name not in ("type", "grid")}
    whole["required"] = [name for name in whole.get("required", ()) if name != "type"]
    return WidgetType(kind.__struct_config__.tag, (kind.__doc__ or "").split("\n")[0], {**whole, "$defs": defs})


def draft_page(flow: str, id: str, raw: Any) -> DraftPage:
    """The page that a text declares. Raises `ValueError` where it is none."""
    page = read_page(raw)
    return DraftPage(flow, id, page.title or id, [_draft_widget(name, each) for name, each in page.widgets.items()])


def _draft_widget(name: str, raw: dict[str, Any]) -> DraftWidget:
    if (fault := fault_of(raw)) is None:
        return DraftWidget(name, raw, widget_for(name, read_widget(raw), False), "")
    meant = fault.hint if isinstance(fault.hint, str) else nearest(*fault.hint)
    return DraftWidget(name, raw, None, fault.said + (f" (did you mean {meant}?)" if meant else ""))


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
    if isinstance(widget, Pressable):
        shown.pop("to")  # which nodes it goes to is the engine's business
    if isinstance(widget, Link):
        shown["label"] = widget.label or widget.title or widget.to
    shown["title"] = widget.title or ("" if isinstance(widget, Text) else id)
    return ShownWidget(id=id, type=kind, may=may, **shown)
