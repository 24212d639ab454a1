"""A message whose texts are changed, each one of them: what a device says is never markup of what it is filled into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flowengine import Message


def shown(message: Message, plain: Callable[[str], str]) -> Message:
    """The message with every text of its payload, topic and meta as `plain` gives it."""
    return message.replace(
        payload=_each(message.payload, plain), topic=plain(message.topic), meta=_each(dict(message.meta), plain)
    )


def _each(value: Any, plain: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, Mapping):
        return {key: _each(each, plain) for key, each in value.items()}
    return [_each(each, plain) for each in value] if isinstance(value, list | tuple) else value
