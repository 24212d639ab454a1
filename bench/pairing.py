"""`pair`: this tree against an earlier commit, in interleaved pairs; warns where a message became dearer.

Only the ratio within a pair means something: a machine drifts by twice within an hour, but hardly within a minute.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
NOW, BEFORE = "flowengine", "before"
ENGINES = (NOW, BEFORE)
WARN = 1.10
COST = "cpu_us_per_message"


def ratios(rows: Iterable[Row]) -> dict[str, list[float]]:
    """CPU of a message now by that before, for each scenario, one ratio for each pair that was measured whole."""
    costs: dict[tuple[str, int], dict[str, float]] = {}
    for row in rows:
        if row.get(COST):
            costs.setdefault((row["scenario"], row["run"]), {})[row["engine"]] = row[COST]
    found: dict[str, list[float]] = {}
    for (scenario, _), pair in costs.items():
        if pair.keys() >= set(ENGINES):
            found.setdefault(scenario, []).append(pair[NOW] / pair[BEFORE])
    return found


def verdict(found: Mapping[str, Sequence[float]], commit: str) -> list[str]:
    """A line for each scenario, with a warning where the median pair is more than 10 % dearer."""
    lines = []
    for scenario, each in found.items():
        middle = statistics.median(each)
        spread = f"{min(each):.2f} - {max(each):.2f}, {len(each)} pairs"
        warning = "WARNING: " if middle > WARN else ""
        lines.append(
            f"{warning}{scenario}: a message takes {middle:.2f} of the CPU that it took at {commit} ({spread})"
        )
    return lines or [f"nothing to compare with {commit}"]
