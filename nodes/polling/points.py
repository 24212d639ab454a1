"""What all points have in common: a name, a scale, a unit; and from raw numbers to values and back. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from flowengine import Config

MOST_POINTS = 5000


class Point(Config):
    """One value of a device."""

    name: Annotated[str, Field(min_length=1, max_length=128, json_schema_extra={"x-unique": True})]
    """What the value is called in messages."""

    scale: Annotated[float, Field(allow_inf_nan=False)] = 1.0
    """Factor from the raw number to the value."""

    offset: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    """Added after the factor."""

    unit: str = ""
    """Unit of the value, such as `°C`."""

    @property
    def is_scaled(self) -> bool:
        """Whether raw numbers and values differ."""
        return self.scale != 1.0 or self.offset != 0.0

    def value_of(self, raw: int | float) -> int | float:
        """The value of a raw number, without digits that only binary fractions bring: 217 by 0.1 is 21.7."""
        if not self.is_scaled:
            return raw
        exact = Decimal(str(raw)) * Decimal(str(self.scale)) + Decimal(str(self.offset))
        return float(exact)

    def raw_of(self, value: int | float) -> float:
        """The raw number of a value; not rounded. Raises ValueError for a scale of 0."""
        if not self.is_scaled:
            return value
        if self.scale == 0:
            raise ValueError("a scale of 0 cannot be written")
        return float((Decimal(str(value)) - Decimal(str(self.offset))) / Decimal(str(self.scale)))


def faults_of(points: Sequence[Point]) -> list[tuple[str, str]]:
    """What is wrong across points, as (option, fault)."""
    seen: dict[str, int] = {}
    faults = []
    for row, point in enumerate(points):
        if point.name in seen:
            faults.append((f"points.{row}.name", f"{point.name!r} is also the name of points.{seen[point.name]}"))
        seen.setdefault(point.name, row)
    return faults
