"""From `{path:each "- {name}: {value}"}` to the function that gives its text for a message: that of each item, joined.

Placeholders inside look in the item alone: in a map's fields; what is no map is `{value}`. The items of a map are its
pairs, with `{key}` and `{value}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from flowengine.expression.errors import TemplateError
from flowengine.expression.explain import key_list
from flowengine.expression.filling import missing, text_of, value_of
from flowengine.expression.placeholder import Each, Placeholder
from flowengine.expression.values import MAX_TEXT, kind

if TYPE_CHECKING:
    from flowengine.message import Message

MOST = 1_000
"""Items that are written; of the others only their number."""


def text_of_items(template: str, each: Each) -> Callable[[Message], str]:
    """The function that gives the text of all items for a message. It raises TemplateError when there is none."""
    value, otherwise = value_of(each), each.default
    parts = [piece if isinstance(piece, str) else _of_item(template, piece) for piece in each.pieces]

    def fill(message: Message) -> str:
        found = value(message)
        if found is None or found in ([], {}):
            if otherwise is None and found is None:
                missing(template, each, message)
            return otherwise or ""
        texts: list[str] = []
        room = MAX_TEXT
        for item in islice(_items(template, each, found), MOST):
            held = message.with_payload(item)
            texts.append("".join([part if isinstance(part, str) else part(held) for part in parts]))
            room -= len(texts[-1]) + len(each.between)
            if room < 0:
                reason = f"the items of {each.source} give a text longer than {MAX_TEXT} characters"
                raise TemplateError(template, reason, each.column, each.source)
        if len(found) > MOST:
            texts.append(f"… (+{len(found) - MOST})")
        return each.between.join(texts)

    return fill


def _items(template: str, each: Each, found: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(found, Mapping):
        return ({"key": key, "value": value} for key, value in found.items())
    if isinstance(found, list | tuple):
        return (item if isinstance(item, Mapping) else {"value": item} for item in found)
    reason = f"{each.source} is {kind(found)}; each wants a list or a map"
    raise TemplateError(template, reason, each.column, each.source)


def _of_item(template: str, inner: Placeholder) -> Callable[[Message], str]:
    """The text of a placeholder for a message whose payload is the item."""
    given = text_of(template, replace(inner, keys=("payload", *inner.keys)), None)

    def fill(message: Message) -> str:
        try:
            return given(message)
        except TemplateError as fault:
            if "is missing" not in fault.reason:
                raise
            reason = f"an item has no {inner.source} (it has {key_list(message.payload)})"
            raise TemplateError(template, reason, inner.column, inner.source) from None

    return fill
