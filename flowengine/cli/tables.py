"""What commands print: columns of text, times, JSON. Knows no command."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

WIDEST = 60


def columns(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The rows under their heads, each column as wide as it must be; long texts are cut, control characters dropped."""
    cells = [list(head), *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def when(at_ms: float | None) -> str:
    """A time of the API for people, in UTC; `-` for none."""
    if at_ms is None:
        return "-"
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def as_json(value: Any) -> str:
    """The value on one line, as it came."""
    return json.dumps(value, ensure_ascii=False, default=str)


def print_json(values: Iterable[Any]) -> None:
    """Print one line of JSON for each."""
    for value in values:
        print(as_json(value))


def _cell(value: Any) -> str:
    text = "-" if value is None else value if isinstance(value, str) else as_json(value)
    # What devices say must not move the cursor of who reads it.
    shown = "".join(character if character.isprintable() else " " for character in text)
    return shown if len(shown) <= WIDEST else shown[: WIDEST - 1] + "…"
