"""The conservation ledger, a debug mode: in = out + dropped + errored + held at every node, and no wire loses any.

Only counters are read, between calls; nothing here changes a flow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flowengine.counts import count_of
from flowengine.runtime.flow import FlowRuntime
from flowengine.runtime.station import Station, Wire

CHECK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Inlet:
    """A station, the wires that lead to it, and what both had counted."""

    station: Station
    wires: tuple[Wire, ...]
    received: int
    carried: int

    def lost(self, now: Inlet) -> int:
        """Messages that wires handed over since then and the station did not count; 0 when it was rewired."""
        if now.station is not self.station or now.wires != self.wires:
            return 0
        return max(0, (now.carried - self.carried) - (now.received - self.received))


class LedgerCheck:
    """What the last look found, to compare the next one with."""

    def __init__(self) -> None:
        self._inlets: dict[tuple[str, str], Inlet] = {}

    def faults(self, flows: Iterable[FlowRuntime]) -> list[str]:
        """One line for each node whose messages do not add up; empty as long as the engine is right."""
        found: list[str] = []
        inlets: dict[tuple[str, str], Inlet] = {}
        for runtime in flows:
            name, stations = runtime.flow.name, runtime.stations
            found += [
                f"{name}/{s.name}: {count_of(s.balance, 'message')} unaccounted for"
                for s in stations.values()
                if s.balance
            ]
            inlets.update({(name, inlet.station.name): inlet for inlet in _inlets(stations.values())})
        for (flow, node), before in self._inlets.items():
            now = inlets.get((flow, node))
            if now is not None and (lost := before.lost(now)):
                found.append(f"{flow}/{node}: {count_of(lost, 'message')} left on its wires and did not arrive")
        self._inlets = inlets
        return found


def _inlets(stations: Iterable[Station]) -> Iterator[Inlet]:
    leading: dict[Station, list[Wire]] = {}
    for station in stations:
        for wires in station.wires.values():
            for wire in wires:
                leading.setdefault(wire.target, []).append(wire)
    for target, found in leading.items():
        yield Inlet(target, tuple(found), target.received, sum(wire.count for wire in found))
