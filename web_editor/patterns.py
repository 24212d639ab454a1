"""Patterns of keys (`*` one level, `**` the rest) and MQTT topic filters, matched in linear time."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

Matches = Callable[[str], bool]
LONGEST = 500


@lru_cache(maxsize=256)
def key_pattern(pattern: str) -> Matches:
    """Whether a key matches; a pattern without `*` is the key itself."""
    if "*" not in pattern:
        return lambda key: key == pattern
    import re2  # as in flowengine.expression.patterns: who does not look for patterns need not hold it

    parts = re.split(r"(\*\*|\*)", pattern[:LONGEST])
    text = "".join({"**": ".*", "*": "[^/]*"}.get(part) or re2.escape(part) for part in parts)
    compiled = re2.compile(f"(?s){text}")
    return lambda key: compiled.fullmatch(key) is not None


_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def template_pattern(template: str) -> Matches:
    """Whether a key may have come of a template: any text stands for `{…}`. Linear in time, whatever the template."""
    import re2

    parts = [re2.escape(part) for part in _PLACEHOLDER.split(template)]
    pattern = re2.compile("(?s)" + ".*".join(parts))
    return lambda key: pattern.fullmatch(key) is not None


@lru_cache(maxsize=256)
def topic_filter(wanted: str) -> Matches:
    """Whether an MQTT topic matches (4.7 of MQTT 5). Raises ValueError for a filter with `#` not at its end."""
    levels = wanted.split("/")
    if (
        "#" in wanted[:-1]
        or any("+" in level and level != "+" for level in levels)
        or levels[-1][-1:] == "#" != levels[-1]
    ):
        raise ValueError("`+` stands for one whole level, `#` for all that follow, at the end")

    def matches(topic: str) -> bool:
        given = topic.split("/")
        if topic.startswith("$") and levels[0] in ("+", "#"):
            return False
        if levels[-1] == "#":
            head = levels[:-1]
            return len(given) >= len(head) and _same(head, given[: len(head)])
        return len(given) == len(levels) and _same(levels, given)

    return matches


def _same(wanted: list[str], given: list[str]) -> bool:
    return all(level in ("+", other) for level, other in zip(wanted, given, strict=True))
