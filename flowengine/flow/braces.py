"""Warns of `{{name}}` where a message would fill `{name}`: other languages double the braces, here that is text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flowengine.config import Config
from flowengine.expression.placeholder import doubled
from flowengine.flow.outside import Path
from flowengine.flow.settings import Report


def check_braces(config: Config, options: Mapping[str, Any], path: Path, report: Report) -> None:
    """Warn of each text of a node's `options` whose braces are doubled, if its messages fill that text."""
    for steps, text, meant, at in _doubled(options, ()):
        if getattr(_read(config, steps), "fills", False):
            said = f"{{{meant}}} is sent as the text {meant}: single braces are filled from the message"
            report((*path, *steps), said, meant, severity="warning", quotes=True, inside=(text, at))


def _doubled(value: Any, steps: Path) -> Iterator[tuple[Path, str, str, int]]:
    if isinstance(value, str):
        if found := doubled(value):
            yield steps, value, *found
    elif isinstance(value, Mapping | list):
        for step, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _doubled(inner, (*steps, step))


def _read(value: Any, steps: Path) -> Any:
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
