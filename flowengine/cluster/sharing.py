"""Which units a worker should take and give back. Pure: every worker comes to the same view of its own share.

Each has at most its share of what it may run, rounded up; where somebody joins, the others give back what is too much.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Worker:
    """One that lives. `places` are the spots that it is bound to; one that is `leaving` takes nothing."""

    instance: str
    name: str
    places: frozenset[str] = frozenset()
    leaving: bool = False

    def may(self, place: str) -> bool:
        """Whether it can run what is bound to this place."""
        return not self.leaving and (not place or place in self.places)


@dataclass(frozen=True)
class Moves:
    """What to do now."""

    take: tuple[str, ...] = ()
    give: tuple[str, ...] = ()


def moves(
    me: Worker, workers: Collection[Worker], places: Mapping[str, str], free: Collection[str], mine: Collection[str]
) -> Moves:
    """What `me` does: `places` has every unit with its place, `free` those that nobody has, `mine` what it has."""
    give = [unit for unit in mine if unit not in places or not me.may(places[unit])]
    take: list[str] = []
    for place in sorted(set(places.values())):
        if not me.may(place):
            continue
        most = share(workers, places, place)
        kept = sorted(unit for unit in mine if places.get(unit) == place)
        give += kept[most:]
        wanted = _turned(sorted(unit for unit in free if places.get(unit) == place), me, workers)
        take += wanted[: max(0, most - len(kept))]
    return Moves(tuple(take), tuple(give))


def share(workers: Iterable[Worker], places: Mapping[str, str], place: str) -> int:
    """How many of the units that are bound to `place` each worker that may run them has at most."""
    return -(-sum(each == place for each in places.values()) // _runners(workers, place))


def _runners(workers: Iterable[Worker], place: str) -> int:
    return sum(worker.may(place) for worker in workers) or 1


def _turned(units: list[str], me: Worker, workers: Collection[Worker]) -> list[str]:
    """Each worker begins elsewhere in the list, so that they seldom reach for the same."""
    instances = sorted(worker.instance for worker in workers)
    if me.instance not in instances or not units:
        return units
    start = len(units) * instances.index(me.instance) // len(instances)
    return units[start:] + units[:start]
