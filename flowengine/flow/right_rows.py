"""What a node says of rows that are right while others are wrong, so that a long list is told in one go. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from flowengine.config import Config

Judge = Callable[[Config], Iterable[tuple[str, str]]]
"""Says what is wrong across settings, as (option, fault); a fault may end with another row, as `points.3`."""


def judged(model: type[Config], options: Mapping[str, Any], judge: Judge) -> Iterator[tuple[str, str]]:
    """What `judge` says of the rows that fit the model, by their place among all rows.

    Options that are wrong as a whole have their default; nothing is said where one of them is needed.
    """
    right, places = _right(model, options)
    try:
        config = model.model_validate(right, by_name=False)
    except Exception:  # what is wrong was told before
        return
    for option, fault in judge(config):
        name, *steps = option.split(".")
        if not steps:  # of an option as a whole, which may not be what was meant
            continue
        if name in places:
            steps[0] = str(places[name][int(steps[0])])
            fault = _placed(fault, name, places[name])
        yield ".".join((name, *steps)), fault


def _right(model: type[Config], options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """The options without what is wrong, and of each list of which rows are left out the places of the others."""
    wrong: dict[str, set[int] | None] = {}
    for option, *steps in _faults(model, options):
        rows = wrong.setdefault(option, set())
        if rows is None or not steps or not isinstance(steps[0], int):
            wrong[option] = None
        else:
            rows.add(steps[0])
    right = {name: value for name, value in options.items() if name not in wrong}
    places: dict[str, list[int]] = {}
    for name, rows in wrong.items():
        if rows and isinstance(options.get(name), list):
            places[name] = [place for place in range(len(options[name])) if place not in rows]
            right[name] = [options[name][place] for place in places[name]]
    return right, places


def _faults(model: type[Config], options: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    try:
        model.model_validate(options, by_name=False)
    except ValidationError as errors:
        yield from (error["loc"] for error in errors.errors(include_url=False, include_input=False) if error["loc"])
    except Exception:  # a validator met a shape that it does not know
        return


def _placed(fault: str, option: str, places: list[int]) -> str:
    """The fault, with the place among all rows of the one that it ends with."""
    return re.sub(rf"\b{option}[.]([0-9]+)$", lambda found: f"{option}.{places[int(found[1])]}", fault)
