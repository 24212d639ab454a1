"""What a cycle brought, as messages have it: values by name, and why others are missing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from nodes.polling.blocks import Block
from nodes.polling.points import Point
from nodes.polling.schedule import Cycle

P = TypeVar("P", bound=Point)
GOOD, UNCERTAIN, BAD = "good", "uncertain", "bad"


@dataclass(frozen=True)
class Readings:
    """Values by the name of their point, and the reasons of those that have none, or one that is uncertain."""

    good: dict[str, Any]
    bad: dict[str, str]
    uncertain: dict[str, str] = field(default_factory=dict)

    def messages(
        self, points: Sequence[Point], each: bool, meta: Mapping[str, Any]
    ) -> list[tuple[Any, dict[str, Any]]]:
        """Payloads with their meta: one for all points, or with `each` one a point, in the order of the points."""
        if not each:
            units = {point.name: point.unit for point in points if point.unit}
            doubts = {"uncertain": self.uncertain} if self.uncertain else {}
            return [(self.good, {**meta, "bad": self.bad, **doubts, "units": units})]
        made: list[tuple[Any, dict[str, Any]]] = []
        for point in points:
            about = {**meta, "point": point.name, "unit": point.unit}
            if point.name in self.good:
                doubt = self.uncertain.get(point.name)
                quality = {"quality": UNCERTAIN, "reason": doubt} if doubt else {"quality": GOOD}
                made.append(({"value": self.good[point.name]}, {**about, **quality}))
            elif point.name in self.bad:
                made.append(({"value": None}, {**about, "quality": BAD, "reason": self.bad[point.name]}))
        return made


def readings_of(cycle: Cycle, points: Sequence[P], read: Callable[[P, Block, int, Any], Any]) -> Readings:
    """The values of a cycle, in the order of the points; what cannot be read is bad with the reason."""
    values: dict[int, Any] = {}
    bad = dict(cycle.bad)
    for block, data in cycle.answers:
        for span in block.spans:
            try:
                values[span.point] = read(points[span.point], block, span.start, data)
            except ValueError as fault:
                bad[span.point] = str(fault)
    return Readings(
        {points[place].name: values[place] for place in sorted(values)},
        {points[place].name: bad[place] for place in sorted(bad)},
    )
