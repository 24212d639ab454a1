"""Result lines, one JSON object a run, and tables of them: minimum / median / maximum by configuration."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]
COLUMNS = (
    "rate",
    "cpu_us_per_message",
    "peak_rss_mb",
    "lost",
    "first_message_s",
    "idle_rss_mb",
    "idle_cpu_percent",
    "acked_never_delivered",
)


def append(path: Path, row: Row) -> None:
    """Add one run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(row) + "\n")


def rows(path: Path, wanted: str = "") -> list[Row]:
    """Runs whose engine, measure, scenario or parameters contain the text; smoke tests left out."""
    lines = path.read_text().splitlines() if path.exists() else []
    found = [json.loads(line) for line in lines]
    return [row for row in found if not row.get("smoke") and wanted in _name(row)]


def _name(row: Row) -> str:
    params = {key: value for key, value in row["params"].items() if key not in ("broker", "n", "warm")}
    text = " ".join(f"{key}={value}" for key, value in sorted(params.items()))
    return f"{row['measure']} {row['scenario']} {text}".strip() + f" | {row['engine']}"


def table(found: Iterable[Row]) -> str:
    """Markdown: one line for each configuration and engine."""
    groups: dict[str, list[Row]] = {}
    for row in found:
        groups.setdefault(_name(row), []).append(row)
    lines = ["| run | engine | runs | msg/s | CPU us/msg | peak RSS MiB | latency p50 / p99 ms | other |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    lines += [_line(name, group) for name, group in groups.items()]
    return "\n".join(lines)


def _line(name: str, group: Sequence[Row]) -> str:
    good = [row for row in group if "error" not in row]
    cells = [_spread(good, column) for column in ("rate", "cpu_us_per_message", "peak_rss_mb")]
    others = [f"{column} {text}" for column in COLUMNS[3:] if (text := _spread(good, column)) not in ("", "0")]
    others += [f"errors: {row['error'][:80]}" for row in group if "error" in row][:1]
    label, _, engine = name.partition(" | ")
    return " | ".join([f"| {label}", engine, str(len(good)), *cells, _latency(good), "; ".join(others)]) + " |"


def _spread(group: Sequence[Row], column: str) -> str:
    values = [row[column] for row in group if row.get(column) is not None]
    if not values:
        return ""
    if len(set(values)) == 1:
        return f"{values[0]:,}"
    return f"**{round(statistics.median(values), 2):,}** ({min(values):,} - {max(values):,})"


def _latency(group: Sequence[Row]) -> str:
    parts = [row.get("latency_ms") or row.get("ack_ms") or (row.get("fixed") or {}).get("latency_ms") for row in group]
    known = [part for part in parts if part and part[0] is not None]
    if not known:
        return ""
    return " / ".join(f"{statistics.median(part[place] for part in known):.2f}" for place in (0, 1))
