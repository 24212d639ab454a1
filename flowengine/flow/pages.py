"""Operator pages as a flow declares them, and the payload that pressing one of their widgets gives. Draws nothing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine.config import seconds
from flowengine.store.accounts import ROLES, Role

ID = r"^[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64})?$"
"""Name of a widget; after the dot that of an instance of its `for_each`."""

FIELD_KEYS = frozenset((
    "type", "title", "description", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "enum", "const",
    "default", "minLength", "maxLength", "examples", "format", "key", "words", "x-unit", "x-advanced",
))  # fmt: skip
"""What a field of a form may say; `key` is the point whose present value it begins with, `words` are shown instead of
the choices of an `enum`. No patterns and references, which could keep the engine busy."""

COLUMNS = ("key", "value", "unit", "quality", "age")
Nodes = str | list[str]
Key = Annotated[str, Meta(max_length=1000)]
Words = dict[str, str]
"""What people read, by what the point holds; `true`, `false` and `null` stand for those values.

A word for a unit may have two forms, as `trame|trames`: that of one, and that of many.
"""

OUR_WORDS: dict[str, Any] = {"key": Key, "words": Words}
"""What a field says beyond JSON Schema, and what that must be."""


GRID_COLUMNS = 12
Cell = Annotated[int, Meta(ge=0, le=999)]
Span = Annotated[int, Meta(ge=1, le=99)]


class Declared(msgspec.Struct, tag_field="type", forbid_unknown_fields=True):
    """What every widget has; `grid` is column and row from 0, width and height, on a page of `GRID_COLUMNS` columns."""

    title: str = ""
    grid: tuple[Cell, Cell, Span, Span] | None = None


Share = Annotated[float, Meta(ge=0, le=100)]


class StateLook(msgspec.Struct, forbid_unknown_fields=True):
    """How one state of a `state` widget looks."""

    text: str
    level: Literal["off", "ok", "warn", "error"] = "ok"


class ValueWidget(Declared, tag="value", kw_only=True):
    """One value, large; `words` are shown instead of values, such as `{degraded: behind}`."""

    key: Key
    unit: str | None = None
    digits: Annotated[int, Meta(ge=0, le=12)] | None = None
    words: Words = msgspec.field(default_factory=dict)


class Gauge(Declared, tag="gauge", kw_only=True):
    """One value on a scale."""

    key: Key
    unit: str | None = None
    digits: Annotated[int, Meta(ge=0, le=12)] | None = None
    min: float = 0
    max: float = 100
    warn: float | None = None
    error: float | None = None
    look: Literal["bar", "arc"] = "bar"


class TrendWidget(Declared, tag="trend", kw_only=True):
    """Curves of numbers; `words` name a curve instead of its key, or instead of single levels of it."""

    keys: Annotated[list[Key], Meta(min_length=1, max_length=12)]
    span: str | float = "1h"
    words: Words = msgspec.field(default_factory=dict)


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


class Setpoint(Pressable, tag="setpoint", kw_only=True):
    """Sends a number within limits, as `{point: number}`; shows the present one, and what became of the last ones."""

    key: Key
    point: Annotated[str, Meta(min_length=1, max_length=128)]
    min: float
    max: float
    step: Annotated[float, Meta(gt=0)] | None = None
    unit: str | None = None
    digits: Annotated[int, Meta(ge=0, le=12)] | None = None
    label: str = ""


class Form(Pressable, tag="form", kw_only=True):
    """Sends an object that a person filled in."""

    fields: dict[str, dict[str, Any]]
    label: str = ""


class Table(Declared, tag="table", kw_only=True):
    """Values by a pattern of keys. Columns may be a map to their headings; `key.2` is the second level of the key, and
    a name that is none of ours a part of the value. `words` are shown instead of what a cell holds, `empty` while there
    are no rows; these are in the order of their keys, or with `newest` by when they were written.
    """

    keys: Key
    columns: list[str] | dict[str, str] = msgspec.field(default_factory=lambda: list(COLUMNS))
    words: Words = msgspec.field(default_factory=dict)
    newest: bool = False
    empty: str = ""


class Text(Declared, tag="text", kw_only=True):
    """Words."""

    text: str


class Image(Declared, tag="image", kw_only=True):
    """A picture, of the host's own files or written out as `data:image/…`, with values at places of it."""

    source: Annotated[str, Meta(pattern=r"^(data:image/(png|jpeg|svg\+xml|webp);base64,|/)", max_length=500_000)]
    alt: str = ""
    values: dict[Key, tuple[Share, Share]] = {}
    """Keys of values and where they stand on it: per cent from the left and from the top."""


class Link(Declared, tag="link", kw_only=True):
    """A way to another page or host."""

    to: Annotated[str, Meta(pattern=r"^(https?://|/)", max_length=2000)]
    label: str = ""


class State(Declared, tag="state", kw_only=True):
    """One value as a word, a shape and a colour."""

    key: Key
    states: dict[str, StateLook]
    """What each value means; `true`, `1` and `on` are written as text."""


class AlarmList(Declared, tag="alarms", kw_only=True):
    """Alarms that stand, those of the flow or of all."""

    flows: Literal["own", "all"] = "own"


Shown = ValueWidget | Gauge | TrendWidget | Table | Text | Image | Link | State | AlarmList
Widget = Shown | Button | Switch | Setpoint | Form


class DeclaredPage(msgspec.Struct, forbid_unknown_fields=True):
    """A page in a flow file; a widget is read by itself, so that a wrong one hides no other."""

    title: str = ""
    role: Role = "viewer"
    widgets: dict[Annotated[str, Meta(pattern=ID)], dict[str, Any]] = {}


class PressRefused(ValueError):
    """What was chosen does not fit the widget; `field` leads to the part at fault."""

    def __init__(self, reason: str, field: str = ""):
        super().__init__(reason)
        self.field = field


def read_page(raw: Any) -> DeclaredPage:
    """The page. Raises `msgspec.ValidationError`."""
    return msgspec.convert(raw, DeclaredPage)


def read_widget(raw: Any) -> Widget:
    """The widget. Raises `msgspec.ValidationError`, or ValueError for a wrong duration or field."""
    widget: Widget = msgspec.convert(raw, Widget)
    if widget.grid is not None and widget.grid[0] + widget.grid[2] > GRID_COLUMNS:
        raise ValueError(f"grid: column {widget.grid[0]} and width {widget.grid[2]} are beyond {GRID_COLUMNS} columns")
    if isinstance(widget, TrendWidget):
        _duration(widget.span)
    if isinstance(widget, Setpoint) and widget.min > widget.max:
        raise ValueError(f"min is {widget.min:g}, above max, {widget.max:g}")
    if isinstance(widget, Form):
        for name, field in widget.fields.items():
            if unknown := field.keys() - FIELD_KEYS:
                raise ValueError(f"the field {name!r} has no {', '.join(sorted(unknown))}")
            _our_words(name, field)
    return widget


def _duration(span: str | float) -> None:
    try:
        seconds(span)
    except ValueError as fault:
        raise ValueError(f"span: {fault}") from None


def _our_words(name: str, field: dict[str, Any]) -> None:
    for word, kind in OUR_WORDS.items():
        try:
            msgspec.convert(field.get(word, "" if word == "key" else {}), kind)
        except msgspec.ValidationError:
            wanted = "the key of a point" if word == "key" else "a map from values to words"
            raise ValueError(f"the field {name!r}: {word} is {wanted}") from None


def form_schema(widget: Form) -> dict[str, Any]:
    """What a filled-in form must be; fields without a default are required."""
    return {
        "type": "object",
        "properties": {name: _schema(field) for name, field in widget.fields.items()},
        "required": [name for name, field in widget.fields.items() if "default" not in field],
        "additionalProperties": False,
    }


def _schema(field: dict[str, Any]) -> dict[str, Any]:
    """A field as JSON Schema, which knows none of our words."""
    return {f"x-{word}" if word in OUR_WORDS else word: said for word, said in field.items()}


def may_press(role: Role, page: DeclaredPage, widget: Pressable) -> bool:
    """Whether who has this role may press the widget of the page."""
    return ROLES.index(role) >= max(ROLES.index(least) for least in ("operator", page.role, widget.role))


def payload_of(widget: Pressable, value: Any) -> Any:
    """What pressing sends, given what was chosen: null (a button), a side of a switch, a number, the object of a form.

    Raises `PressRefused`.
    """
    if isinstance(widget, Button):
        if value is not None:
            raise PressRefused("a button's value is null")
        return widget.payload
    if isinstance(widget, Switch):
        if not isinstance(value, bool):
            raise PressRefused("a switch's value is true or false")
        return widget.on if value else widget.off
    assert isinstance(widget, Setpoint | Form)
    try:
        return _filled(widget, value) if isinstance(widget, Form) else {widget.point: _within(widget, value)}
    except PressRefused:
        raise
    except (OverflowError, ValueError):  # JSON's whole numbers are of any length
        raise PressRefused("a number is too large") from None


def _within(widget: Setpoint, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PressRefused("a set-point's value is a number")
    if not widget.min <= value <= widget.max:
        raise PressRefused(f"{value:g} is not between {widget.min:g} and {widget.max:g}")
    return value


def _filled(widget: Form, value: Any) -> Any:
    from jsonschema import Draft202012Validator  # slow to import, and few flows have forms
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema := form_schema(widget))
    except SchemaError as wrong:
        raise PressRefused(f"the form is declared wrongly: {wrong.message[:300]}") from None
    fault = next(iter(Draft202012Validator(schema).iter_errors(value)), None)
    if fault is not None:
        raise PressRefused(fault.message[:300], ".".join(map(str, fault.absolute_path)))
    return {name: field["default"] for name, field in widget.fields.items() if "default" in field} | value
