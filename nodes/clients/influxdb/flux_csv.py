"""Reads the annotated CSV that InfluxDB 2 answers queries with. No I/O.

Source: InfluxDB 2 documentation, annotated CSV: a `#datatype` row, a header, rows; an empty line between tables.
"""

from __future__ import annotations

import csv
import io
from typing import Any

_OWN = frozenset(("", "result", "table"))
"""Columns that number tables, not data."""


def rows(text: str) -> list[dict[str, Any]]:
    """Every row of every table as a map with typed values, times as they are written. Raises ValueError."""
    found: list[dict[str, Any]] = []
    types: list[str] = []
    names: list[str] = []
    for line in csv.reader(io.StringIO(text)):
        if not any(line):
            types, names = [], []
        elif line[0] == "#datatype":
            types, names = line, []
        elif line[0].startswith("#"):
            continue
        elif not names:
            names = line
        else:
            found.append(_row(names, types, line))
    if found and found[0].keys() == {"error", "reference"}:
        raise ValueError(str(found[0]["error"]))
    return found


def _row(names: list[str], types: list[str], line: list[str]) -> dict[str, Any]:
    if len(line) != len(names):
        raise ValueError(f"a row of {len(line)} where the header has {len(names)}")
    kinds = types if len(types) == len(names) else ["string"] * len(names)
    return {name: _value(kind, text) for name, kind, text in zip(names, kinds, line, strict=True) if name not in _OWN}


def _value(kind: str, text: str) -> Any:
    if text == "":
        return None
    if kind in ("long", "unsignedLong"):
        return int(text)
    if kind == "double":
        return float(text)
    return text == "true" if kind == "boolean" else text
