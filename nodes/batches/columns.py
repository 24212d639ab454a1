"""What nodes take of messages where no option says it: a column of keys, one of values."""

from collections.abc import Mapping, Sequence
from typing import Any


def one_key(messages: Sequence[Any]) -> list[str]:
    """The same key for all: they belong together."""
    return [""] * len(messages)


def own_value(payload: Any) -> Any:
    """The payload's `value`, else the whole payload."""
    return payload["value"] if isinstance(payload, Mapping) and "value" in payload else payload


def own_values(messages: Sequence[Any]) -> list[Any]:
    """The same of each message."""
    return [
        payload["value"] if type(payload := message.payload) is dict and "value" in payload else own_value(payload)
        for message in messages
    ]
