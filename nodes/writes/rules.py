"""What a write has to pass: range, age, pace, interlock; as flows say it. Never here: the moment of a write."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from flowengine import Config, Duration
from flowengine.expression import Expr


class Limits(Config):
    """What may be written to one point."""

    min: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """Least value that is allowed."""

    max: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """Greatest value that is allowed."""

    min_interval: Duration = 0.0
    """Least time from one write of this point to the next; an earlier one is refused."""


class Needed(Config):
    """A value of the real-time database that an interlock looks at."""

    key: str
    """Its key."""

    max_age: Duration = 10.0
    """When it is older than this, or its quality is not good, the write is refused."""


class WriteRules(Config):
    """What every write has to pass."""

    valid_for: Duration = 5.0
    """A command older than this is not written any more."""

    interlock: Expr | None = None
    """Condition that must hold at the moment of writing; sees the command, and `values` as `meta.NAME`."""

    read_back: Duration | None = 1.0
    """How long the device may take to show the new value; null does not look."""

    values: dict[str, Needed] = Field(default={})
    """Values for `interlock`, by name: `{pressure: {key: boiler/p, max_age: 5s}}`."""


def out_of_range(limits: Limits, value: Any) -> str:
    """Why the value may not be written; empty when it may."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value!r} is no number that a device could take"
    if limits.min is None and limits.max is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{value!r} is no number, and there is a range"
    if limits.min is not None and value < limits.min:
        return f"{value:g} is below the least value allowed, {limits.min:g}"
    if limits.max is not None and value > limits.max:
        return f"{value:g} is above the greatest value allowed, {limits.max:g}"
    return ""


def faults_of(rules: WriteRules, points: Sequence[Limits]) -> list[tuple[str, str]]:
    """What is wrong across fields, as (option, fault)."""
    faults = [
        (f"points.{row}.min", f"{each.min:g} is above max, {each.max:g}")
        for row, each in enumerate(points)
        if each.min is not None and each.max is not None and each.min > each.max
    ]
    if rules.values and rules.interlock is None:
        faults.append(("values", "nothing looks at them: there is no interlock"))
    return faults
