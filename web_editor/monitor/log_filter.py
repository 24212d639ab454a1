"""Which lines of the log are wanted. Keeps none."""

from __future__ import annotations

from collections.abc import Iterable

from flowengine.runtime.logs import LEVELS, LogLine
from web_editor.problems import Fault


def wanted(lines: Iterable[LogLine], level: str, flow: str, search: str) -> list[LogLine]:
    """Lines of at least this level, of this flow, that hold this text. Raises `Fault` for an unknown level."""
    if level and level not in LEVELS:
        raise Fault("bad-request", f"level is one of {', '.join(LEVELS)}", field="level")
    least, text = LEVELS.index(level) if level else 0, search.casefold()
    return [
        line
        for line in lines
        if LEVELS.index(line.level) >= least
        and (not flow or line.flow == flow)
        and (not text or text in line.message.casefold())
    ]
