"""Warns of expressions and scripts that take `time`, which is in seconds, for milliseconds or finer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowengine.config import Config
from flowengine.expression import Expression
from flowengine.expression.seconds import mixed_units
from flowengine.flow.options import read_at, texts_in
from flowengine.flow.outside import Path
from flowengine.flow.settings import Report
from flowengine.script import Script


def check_seconds(config: Config, options: Mapping[str, Any], path: Path, report: Report) -> None:
    """Warn of each place in a node's `options` that mixes units of time: what comes of it is wrong by powers of ten."""
    for steps, _ in texts_in(options):
        if isinstance(code := read_at(config, steps), Expression | Script):
            for part, said in mixed_units(code.tree):
                report((*path, *steps), f"{part}: {said}", severity="warning", quotes=True)
