"""Rows that are right are judged though others are wrong, and are told by their place among all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowengine import Config
from flowengine.flow.right_rows import judged


class Row(Config):
    """A row."""

    name: str
    """What it is called."""

    size: int = 1
    """Its size."""


class Settings(Config):
    """A list of rows beside other options."""

    rows: list[Row] = []
    """The rows."""

    most: int = 10
    """Greatest size."""


def faults(config: Config) -> Iterator[tuple[str, str]]:
    assert isinstance(config, Settings)
    seen: dict[str, int] = {}
    for place, row in enumerate(config.rows):
        if row.name in seen:
            yield f"rows.{place}.name", f"{row.name} is also rows.{seen[row.name]}"
        seen.setdefault(row.name, place)
    yield "most", "something about the whole"


def told(**options: Any) -> list[tuple[str, str]]:
    return list(judged(Settings, options, faults))


def test_places_are_those_of_all_rows() -> None:
    rows: list[Any] = [{"size": "x"}, {"name": "a"}, 7, {"name": "b"}, {"name": "a", "sise": 2}, {"name": "a"}]
    assert told(rows=rows) == [("rows.5.name", "a is also rows.1")]


def test_an_option_that_is_wrong_elsewhere_hides_nothing() -> None:
    assert told(rows=[{"name": "a"}, {"name": "a"}], most="x") == [("rows.1.name", "a is also rows.0")]


def test_nothing_is_said_of_a_list_that_is_none() -> None:
    assert told(rows="a") == told(rows={"name": "a"}) == told(rows=None) == []
