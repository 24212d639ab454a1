"""A number whose help says what it counts has that unit in the form, too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flowengine.catalog import installed

SAYS_A_UNIT = re.compile(
    r"\bin bytes\b|so many bytes|\bbytes of (every|the)\b|bits per second|in standard deviations", re.I
)


def numbers(schema: dict[str, Any], place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """All options that are numbers, also those inside others."""
    for name, option in schema.get("properties", {}).items():
        kinds = {str(each.get("type", "null")) for each in (*option.get("anyOf", ()), option)} - {"null"}
        if kinds and kinds <= {"integer", "number"}:
            yield f"{place}.{name}", option
    for name, inner in schema.get("$defs", {}).items():
        yield from numbers(inner, f"{place}:{name}")


def test_numbers_that_are_measured_have_their_unit() -> None:
    catalog = installed()
    kinds = [(name, catalog.node(name)) for name in catalog.node_types()]
    kinds += [(name, catalog.connection(name)) for name in catalog.connection_types()]  # type: ignore[misc]
    found = [each for name, kind in kinds for each in numbers(kind.config_type().model_json_schema(), name)]
    assert len(found) > 100
    bare = [
        place for place, option in found if SAYS_A_UNIT.search(option.get("description", "")) and "x-unit" not in option
    ]
    assert not bare
