"""What is wrong with declared pages, with its place and in words of ours. Reads them as `pages` does, draws nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from flowengine.counts import count_of
from flowengine.flow.pages import ID, DeclaredPage, Widget, read_page, read_widget
from flowengine.flow.problem import Hint
from flowengine.flow.settings import spoken

Path = tuple[str | int, ...]
WIDGETS: dict[str, type[Any]] = {str(kind.__struct_config__.tag): kind for kind in Widget.__args__}
"""By what `type` calls them."""

_AT = re.compile(r" - at `(?P<key>key` in `)?\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`")
_MISSING = re.compile(r"Object missing required field `(.+)`")
_KIND = re.compile(r"Expected `([^`]+)`, got `[^`]+`")
_LENGTH = re.compile(r"Expected `(str|array|object)` of length (>=|<=)? ?(\d+)")
_BOUND = re.compile(r"Expected `(?:int|float)` (>=|<=|>|<) ([\d.]+)")
_PATTERN = re.compile(r"Expected `str` matching regex (.+)")
_KINDS = {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list",
          "object": "a map", "null": "nothing"}  # fmt: skip
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
_PATTERNS = {
    repr(ID): "a name of letters, digits, _ and - only, at most 64",
    repr(r"^(https?://|/)"): "an address that begins with http://, https:// or /",
}


class PageFault(NamedTuple):
    """One fault: where, what, the right word, and whether the name itself is wrong."""

    path: Path
    said: str
    hint: Hint = ""
    key: bool = False


def faults(pages: Mapping[str, Any]) -> Iterator[PageFault]:
    """What is wrong with declared pages and their widgets, those of instances by their own names."""
    for id, raw in pages.items():
        try:
            page = read_page(raw)
        except ValueError as fault:
            yield _told(fault, raw, ("pages", id), DeclaredPage, read_page)
            continue
        for name, widget in page.widgets.items():
            for found in _of_widget(widget):
                yield found._replace(path=("pages", id, "widgets", name, *found.path))


def _of_widget(widget: Mapping[str, Any]) -> Iterator[PageFault]:
    """Reading ends at the first fault: without an option that there is not it goes on."""
    while (found := fault_of(widget)) is not None:
        yield found
        if not (found.key and len(found.path) == 1):
            return
        widget = {name: value for name, value in widget.items() if name != found.path[0]}


def fault_of(widget: Mapping[str, Any]) -> PageFault | None:
    """What is wrong with a widget; None when it can be drawn. The path begins in it."""
    try:
        read_widget(widget)
    except ValueError as fault:
        return _told(fault, widget, (), WIDGETS.get(str(widget.get("type"))), read_widget)
    return None


def _told(fault: ValueError, raw: Any, path: Path, model: type[Any] | None, read: Callable[[Any], Any]) -> PageFault:
    said = str(fault)
    if not isinstance(fault, msgspec.ValidationError):
        return PageFault(path, said)
    steps: Path = ()
    is_key = False
    if at := _AT.search(said):
        steps, is_key = _steps(at["path"] + ("[...]" if at["key"] else ""), raw, read, said), bool(at["key"])
        said = said[: at.start()]
    place, info = (*path, *steps), _at(model, steps)
    before = f"{'.'.join(map(str, steps))}: " if steps else ""
    if found := _UNKNOWN.fullmatch(said):
        hint = (found[1], [field.encode_name for field in getattr(info, "fields", ())])
        return PageFault((*place, found[1]), f"unknown option {found[1]!r}", hint, key=True)
    if found := _MISSING.fullmatch(said):
        if found[1] == "type":
            return PageFault(place, "a widget needs a type, such as `type: value`", key=True)
        return PageFault(place, f"{before}option {found[1]!r} is missing", key=True)
    value = _value(raw, steps)
    if steps == ("type",) and isinstance(value, str):
        return PageFault(place, f"unknown widget type {value!r}", (value, list(WIDGETS)))
    wanted, choices = _wanted(said, info)
    if is_key:
        return PageFault(place, f"{wanted}, not {steps[-1]!r}", key=True)
    had = str(len(value)) if isinstance(value, list) and "entr" in wanted else spoken(value)
    return PageFault(place, f"{before}{wanted}, not {had}", (str(value), choices))


def _steps(path: str, raw: Any, read: Callable[[Any], Any], said: str) -> Path:
    """The way to the fault. Which entry of a map has it is not told: the one refused alone in the same words."""
    steps: Path = ()
    for name, index in _STEP.findall(path):
        if index != "...":
            steps = (*steps, name or int(index))
            continue
        entries = _value(raw, steps)
        if (key := next((k for k in entries if _said(read, _with(raw, steps, {k: entries[k]})) == said), None)) is None:
            break
        steps = (*steps, key)
    return steps


def _said(read: Callable[[Any], Any], raw: Any) -> str:
    try:
        read(raw)
    except ValueError as fault:
        return str(fault)
    return ""


def _with(raw: Any, steps: Path, value: Any) -> Any:
    """The same with another value at the end of the way."""
    if not steps:
        return value
    first, *rest = steps
    changed = _with(raw[first], tuple(rest), value)
    return {**raw, first: changed} if isinstance(raw, dict) else [*raw[: int(first)], changed, *raw[int(first) + 1 :]]


def _value(raw: Any, steps: Path) -> Any:
    for step in steps:
        raw = raw[step]
    return raw


def _wanted(said: str, info: Any) -> tuple[str, list[str]]:
    """What would be right, and the words that there are where it is one of some."""
    if said.startswith("Invalid enum value"):
        choices = [str(choice) for choice in _choices(info)]
        return (f"one of {', '.join(choices)}" if choices else "another word"), choices
    if found := _LENGTH.match(said):
        bound = f"{_BOUNDS[found[2]]} " if found[2] else ""
        one, many = ("character", "") if found[1] == "str" else ("entry", "entries")
        return ("text of " if found[1] == "str" else "") + bound + count_of(int(found[3]), one, many), []
    if found := _BOUND.match(said):
        return f"{_BOUNDS[found[1]]} {float(found[2]):g}", []
    if found := _PATTERN.match(said):
        return _PATTERNS.get(found[1], "a path that begins with /, or data:image/…"), []
    if found := _KIND.match(said):
        kinds = [_KINDS.get(kind, kind) for kind in found[1].split(" | ") if kind != "null"]
        return " or ".join(kinds), []
    return "something else", []


def _at(model: type[Any] | None, steps: Path) -> Any:
    """The type of what stands at the end of the way; None where that is not known."""
    info = inspect.type_info(model) if model is not None else None
    for step in steps:
        fields = {field.encode_name: field.type for field in getattr(info, "fields", ())}
        of_each = getattr(info, "value_type", getattr(info, "item_type", None))
        info = fields.get(str(step), of_each)
    return info


def _choices(info: Any) -> Iterator[Any]:
    if isinstance(info, inspect.LiteralType):
        yield from info.values
    for inner in (*getattr(info, "types", ()), *(field.type for field in getattr(info, "fields", ()))):
        yield from _choices(inner)
