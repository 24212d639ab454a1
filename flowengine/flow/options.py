"""A node's options as they are written, and what became of each. Reads nothing, judges nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flowengine.config import Config
from flowengine.flow.outside import Path


def texts_in(value: Any, steps: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text of an option, at any depth, with the way to it."""
    if isinstance(value, str):
        yield steps, value
    elif isinstance(value, Mapping | list):
        for step, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from texts_in(inner, (*steps, step))


def read_at(value: Any, steps: Path) -> Any:
    """What an option became; what is read as a whole stands for all below it."""
    for step in steps:
        if isinstance(value, Config):
            names = {field.alias or name: name for name, field in type(value).model_fields.items()}
            value = getattr(value, names.get(str(step), ""), None)
        elif isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list | tuple) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            break
    return value
