"""Values of messages by name, template or expression, as sinks with columns, tags and fields let a flow write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from flowengine import Message
from flowengine.expression import Expression, Template
from flowengine.expression.filling import rfc3339
from nodes.values.instants import NANOSECONDS, instant_ns

_NAME = re.compile(r"[^\W\d]\w*")


TIMES: Mapping[str, tuple[Callable[[Message], Any], Callable[[Sequence[Message]], list[Any]]]] = {
    "time": (lambda m: m.time_ns or m.arrived_ns, lambda messages: [m.time_ns or m.arrived_ns for m in messages]),
    "message.arrived": (lambda m: m.arrived_ns, lambda messages: [m.arrived_ns for m in messages]),
}
"""What is a point in time whatever takes it, exact where an expression has only a float."""

_NO_NAMES = ("payload", "topic", "meta", "true", "false", "null", "None")


class FieldSelector:
    """What a text means: `device` a name in meta or payload, `{a}/{b}` a template, anything else an expression.
    `time` is the message's own time, `message.arrived` that of its arrival, both in whole nanoseconds for what takes
    a time; for all else `written` has them as text.

    A missing name is None; a template that cannot be filled and a wrong expression raise ValueError or
    ExpressionError. Raises ValueError (or an error of templates and expressions) for a text that cannot be read.
    """

    __slots__ = ("_each", "_one", "fills", "text")

    def __init__(self, text: Any):
        self.text = text if isinstance(text, str) else _literal(text)
        self.fills = "{" in self.text
        self._one: Callable[[Message], Any]
        self._each: Callable[[Sequence[Message]], list[Any]]
        if self.text in TIMES:
            self._one, self._each = TIMES[self.text]
        elif _NAME.fullmatch(self.text) and self.text not in _NO_NAMES:
            self._one, self._each = named(self.text), each_named(self.text)
        elif self.fills:
            template = Template(self.text)
            self._one, self._each = template.value, template.values
        else:
            expression = Expression(self.text)
            self._one, self._each = expression, expression.each

    def __call__(self, message: Message) -> Any:
        """The value for one message."""
        return self._one(message)

    def each(self, messages: Sequence[Message]) -> list[Any]:
        """The values for the messages, in order."""
        return self._each(messages)

    def times_ns(self, messages: Sequence[Message]) -> Sequence[int]:
        """The values for the messages as points in time, in nanoseconds. Raises ValueError for one that is none."""
        values = self._each(messages)
        if self.is_a_time or (set(map(type, values)) == {int} and NANOSECONDS <= min(values) <= max(values) < 2**63):
            return values
        return [instant_ns(value) for value in values]

    @property
    def is_a_time(self) -> bool:
        """Whether it is a point in time whatever takes it."""
        return self.text in TIMES

    def written(self, message: Message) -> Any:
        """As for one message; a point in time as RFC 3339 text, as templates have it."""
        value = self._one(message)
        return rfc3339(value) if self.is_a_time else value

    def __repr__(self) -> str:
        return f"FieldSelector({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FieldSelector) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def named(name: str) -> Callable[[Message], Any]:
    """The function that looks a name up in meta, then in a payload that is a map; None where it is missing."""

    def look_up(message: Message) -> Any:
        found = message.meta.get(name)
        if found is None and isinstance(message.payload, dict):
            return message.payload.get(name)
        return found

    return look_up


def each_named(name: str) -> Callable[[Sequence[Message]], list[Any]]:
    """As `named`, for a batch."""
    one = named(name)

    def look_up(messages: Sequence[Message]) -> list[Any]:
        found = [message.meta.get(name) for message in messages]
        return [one(message) for message in messages] if None in found else found

    return look_up


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    raise ValueError("write a name, a template with {…} or an expression")


def _picked(value: Any) -> FieldSelector:
    if isinstance(value, FieldSelector):
        return value
    try:
        return FieldSelector(value)
    except ValueError:
        raise
    except Exception as fault:
        raise ValueError(str(fault)) from fault


FieldText = Annotated[
    FieldSelector,
    BeforeValidator(_picked),
    PlainSerializer(lambda pick: pick.text, return_type=str),
    WithJsonSchema({"type": ["string", "number", "boolean"], "format": "pick"}),
]
"""A name, a template or an expression in a node's settings; compiled when the configuration is read."""
