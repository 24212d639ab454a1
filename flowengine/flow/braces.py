"""Warns of texts that a message would fill if their braces were as they are here.

Other languages double them, which here makes text of what is inside; and `payload.x` without any is text, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flowengine.config import Config
from flowengine.expression.placeholder import doubled
from flowengine.flow.options import read_at, texts_in
from flowengine.flow.outside import Path
from flowengine.flow.settings import Report

_BARE = re.compile(r"\b(?:payload|meta)(?:\.[A-Za-z_]\w*|\[\d+\])+")


def check_braces(config: Config, options: Mapping[str, Any], path: Path, report: Report) -> None:
    """Warn of each text of a node's `options` whose braces are doubled or missing, if its messages fill that text."""
    for steps, text in texts_in(options):
        if "{" not in text and (bare := _BARE.search(text)) and getattr(read_at(config, steps), "fills", False):
            said = f"{bare[0]} is text here: {{{bare[0]}}} is filled from the message"
            meant = f"{{{text}}}" if bare[0] == text.strip() else ""
            report((*path, *steps), said, meant, severity="warning", quotes=True, inside=(text, bare.start()))
        if (found := doubled(text)) and getattr(read_at(config, steps), "fills", False):
            meant, at = found
            said = f"{{{meant}}} is sent as the text {meant}: single braces are filled from the message"
            report((*path, *steps), said, meant, severity="warning", quotes=True, inside=(text, at))
