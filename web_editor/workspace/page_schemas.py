"""Operator pages: how a flow declares them, and how the editor is told of them. Reads no values, presses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from flowengine.config import seconds
from flowengine.store.accounts import Role

ID = r"^[A-Za-z0-9_-]{1,64}$"
FIELD_KEYS = frozenset((
    "type", "title", "description", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "enum", "const",
    "default", "minLength", "maxLength", "examples", "format", "x-unit", "x-advanced",
))  # fmt: skip
"""What a field of a form may say: no patterns and references, which could keep the engine busy."""

COLUMNS = ("key", "value", "unit", "quality", "age")
Nodes = str | list[str]
Key = Annotated[str, Meta(max_length=1000)]


class Declared(msgspec.Struct, tag_field="type", forbid_unknown_fields=True):
    """What every widget has."""

    title: str = ""


class ValueWidget(Declared, tag="value", kw_only=True):
    """One value, large."""

    key: Key
    unit: str | None = None
    digits: Annotated[int, Meta(ge=0, le=12)] | None = None


class Gauge(Declared, tag="gauge", kw_only=True):
    """One value on a scale."""

    key: Key
    unit: str | None = None
    digits: Annotated[int, Meta(ge=0, le=12)] | None = None
    min: float = 0
    max: float = 100
    warn: float | None = None
    error: float | None = None


class TrendWidget(Declared, tag="trend", kw_only=True):
    """Curves of numbers."""

    keys: Annotated[list[Key], Meta(min_length=1, max_length=12)]
    span: str | float = "1h"


class Pressable(Declared, kw_only=True):
    """Something that sends a message."""

    to: Nodes
    topic: str = ""
    confirm: str | None = None
    role: Role = "operator"


class Button(Pressable, tag="button", kw_only=True):
    """Sends the same message each time."""

    payload: Any = None
    label: str = ""


class Switch(Pressable, tag="switch", kw_only=True):
    """Sends one of two payloads; shows which one holds."""

    key: Key
    on: Any = True
    off: Any = False


class Form(Pressable, tag="form", kw_only=True):
    """Sends an object that a person filled in."""

    fields: dict[str, dict[str, Any]]
    label: str = ""


class Table(Declared, tag="table", kw_only=True):
    """Values by a pattern of keys."""

    keys: Key
    columns: list[str] = msgspec.field(default_factory=lambda: list(COLUMNS))


class Text(Declared, tag="text", kw_only=True):
    """Words."""

    text: str


Widget = ValueWidget | Gauge | TrendWidget | Button | Switch | Form | Table | Text


class DeclaredPage(msgspec.Struct, forbid_unknown_fields=True):
    """A page in a flow file; a widget is read by itself, so that a wrong one hides no other."""

    title: str = ""
    role: Role = "viewer"
    widgets: dict[Annotated[str, Meta(pattern=ID)], dict[str, Any]] = {}


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
    warn: float | UnsetType | None = UNSET
    error: float | UnsetType | None = UNSET
    span_s: float | UnsetType = UNSET
    label: str | UnsetType = UNSET
    confirm: str | UnsetType | None = UNSET
    on: Any | UnsetType = UNSET
    off: Any | UnsetType = UNSET
    schema: dict[str, Any] | UnsetType = UNSET
    columns: list[str] | UnsetType = UNSET
    text: str | UnsetType = UNSET


def read_page(raw: Any) -> DeclaredPage:
    """The page. Raises `msgspec.ValidationError`."""
    return msgspec.convert(raw, DeclaredPage)


def read_widget(raw: Any) -> Widget:
    """The widget. Raises `msgspec.ValidationError`, or ValueError for a wrong duration or field."""
    widget: Widget = msgspec.convert(raw, Widget)
    if isinstance(widget, TrendWidget):
        seconds(widget.span)
    if isinstance(widget, Form):
        for name, field in widget.fields.items():
            if unknown := field.keys() - FIELD_KEYS:
                raise ValueError(f"field {name!r} has no {', '.join(sorted(unknown))}")
    return widget


def form_schema(widget: Form) -> dict[str, Any]:
    """What a filled-in form must be; fields without a default are required."""
    return {
        "type": "object",
        "properties": widget.fields,
        "required": [name for name, field in widget.fields.items() if "default" not in field],
        "additionalProperties": False,
    }


def widget_for(id: str, widget: Widget, may: bool) -> ShownWidget:
    """The widget without what only the engine needs to know."""
    kind: Literal["type"] = widget.__struct_config__.tag  # type: ignore[assignment]
    fields = {name: getattr(widget, name) for name in widget.__struct_fields__}
    shown = {name: value for name, value in fields.items() if name in ShownWidget.__struct_fields__}
    if isinstance(widget, TrendWidget):
        shown["span_s"] = seconds(widget.span)
    if isinstance(widget, Form):
        shown["schema"] = form_schema(widget)
    if isinstance(widget, Button | Form):
        shown["label"] = widget.label or widget.title or id
    shown["title"] = widget.title or ("" if isinstance(widget, Text) else id)
    return ShownWidget(id=id, type=kind, may=may, **shown)


def faults(pages: Any) -> Iterator[tuple[list[str | int], str]]:
    """What is wrong with declared pages, with the place."""
    for id, raw in pages.items() if isinstance(pages, dict) else ():
        try:
            page = read_page(raw)
        except (msgspec.ValidationError, ValueError) as fault:
            yield ["pages", id], str(fault)
            continue
        for name, widget in page.widgets.items():
            try:
                read_widget(widget)
            except ValueError as fault:
                yield ["pages", id, "widgets", name], str(fault)
