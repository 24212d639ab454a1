"""Warns of `{{name}}` where a message would fill `{name}`: other languages double the braces, here that is text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowengine.config import Config
from flowengine.expression.placeholder import doubled
from flowengine.flow.options import read_at, texts_in
from flowengine.flow.outside import Path
from flowengine.flow.settings import Report


def check_braces(config: Config, options: Mapping[str, Any], path: Path, report: Report) -> None:
    """Warn of each text of a node's `options` whose braces are doubled, if its messages fill that text."""
    for steps, text in texts_in(options):
        if (found := doubled(text)) and getattr(read_at(config, steps), "fills", False):
            meant, at = found
            said = f"{{{meant}}} is sent as the text {meant}: single braces are filled from the message"
            report((*path, *steps), said, meant, severity="warning", quotes=True, inside=(text, at))
