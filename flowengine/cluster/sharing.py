"""Which units a worker should take and give back. Pure: every worker comes to the same view of its own share.

Each has at most its share of what the same workers may run, rounded up; where somebody joins, the others give back
what is too much.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Worker:
    """One that lives. `places` are the spots that it is bound to; one that is `leaving` takes nothing.

    `refuses` are units, and flows with all of theirs, that it cannot run: a file, a secret or a version is missing.
    """

    instance: str
    name: str
    places: frozenset[str] = frozenset()
    leaving: bool = False
    refuses: frozenset[str] = frozenset()

    def may(self, place: str, unit: str = "") -> bool:
        """Whether it can run this unit, which is bound to this place."""
        refused = unit in self.refuses or unit.rsplit(".", 2)[0] in self.refuses
        return not self.leaving and not refused and (not place or place in self.places)


@dataclass(frozen=True)
class Moves:
    """What to do now."""

    take: tuple[str, ...] = ()
    give: tuple[str, ...] = ()


def moves(
    me: Worker, workers: Collection[Worker], places: Mapping[str, str], free: Collection[str], mine: Collection[str]
) -> Moves:
    """What `me` does: `places` has every unit with its place, `free` those that nobody has, `mine` what it has."""
    give = [unit for unit in mine if unit not in places or not me.may(places[unit], unit)]
    take: list[str] = []
    for units in _alike(workers, places):
        if not me.may(places[units[0]], units[0]):
            continue
        most = share(workers, places, units)
        kept = [unit for unit in units if unit in mine]
        give += kept[most:]
        wanted = _turned([unit for unit in units if unit in free], me, workers)
        take += wanted[: max(0, most - len(kept))]
    return Moves(tuple(take), tuple(give))


def share(workers: Iterable[Worker], places: Mapping[str, str], units: Collection[str]) -> int:
    """How many of these units, which the same workers may run, each of those has at most."""
    unit = next(iter(units))
    return -(-len(units) // (sum(worker.may(places[unit], unit) for worker in workers) or 1))


def _alike(workers: Collection[Worker], places: Mapping[str, str]) -> Iterable[list[str]]:
    """The units that are bound to one place and that the same workers may run."""
    found: dict[tuple[str, frozenset[str]], list[str]] = {}
    for unit, place in sorted(places.items()):
        runners = frozenset(worker.instance for worker in workers if worker.may(place, unit))
        found.setdefault((place, runners), []).append(unit)
    return found.values()


def _turned(units: list[str], me: Worker, workers: Collection[Worker]) -> list[str]:
    """Each worker begins elsewhere in the list, so that they seldom reach for the same."""
    instances = sorted(worker.instance for worker in workers)
    if me.instance not in instances or not units:
        return units
    start = len(units) * instances.index(me.instance) // len(instances)
    return units[start:] + units[:start]


def after_leaving(
    leaving: str, workers: Collection[Worker], places: Mapping[str, str], owners: Mapping[str, str]
) -> dict[str, str]:
    """To whom each unit of an instance goes when it takes nothing any more; empty where nobody may run it.

    Who is faster takes what: the numbers are as they will be, single units may go elsewhere.
    """
    here = [replace(each, leaving=True) if each.instance == leaving else each for each in workers]
    free = {unit for unit, owner in owners.items() if owner == leaving}
    goes = dict.fromkeys(sorted(free), "")
    for worker in sorted(here, key=lambda each: each.instance):
        mine = [unit for unit, owner in owners.items() if owner == worker.instance and unit not in goes]
        for unit in moves(worker, here, places, free, mine).take:
            goes[unit] = worker.instance
            free.discard(unit)
    return goes
