"""Templates at any depth of a constant: filled for each message, everything else stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowengine import Message
from flowengine.expression import compile_template


def has_templates(value: Any) -> bool:
    """Whether there is a text with braces in it."""
    if isinstance(value, dict):
        return any(map(has_templates, value.values()))
    if isinstance(value, list):
        return any(map(has_templates, value))
    return isinstance(value, str) and ("{" in value or "}" in value)


class Nested:
    """A list or map with templates inside, compiled once. Raises TemplateError for a text that is none."""

    fills = True

    def __init__(self, value: Any):
        self.given = value
        self._fill = _filler(value)

    def values(self, messages: Sequence[Message]) -> list[Any]:
        """The filled value for each message, in order."""
        return [self._fill(message) for message in messages]


def _filler(value: Any) -> Callable[[Message], Any]:
    if not has_templates(value):
        return lambda message: value
    if isinstance(value, str):
        return compile_template(value).value
    if isinstance(value, dict):
        parts = {key: _filler(item) for key, item in value.items()}
        return lambda message: {key: fill(message) for key, fill in parts.items()}
    items = [_filler(item) for item in value]
    return lambda message: [fill(message) for fill in items]
