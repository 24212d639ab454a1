"""Lets others hear what travels in running flows, across redeploys. Keeps no message; without taps it costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowengine.flow.places import internal, public
from flowengine.message import Messages
from flowengine.node import Sink
from flowengine.runtime.flow import FlowRuntime
from flowengine.runtime.station import PortTap, Station, Tap, Wire

Hear = Callable[[str, str, Messages], None]
"""Called in the engine's own turn with node, port and messages; must be quick and must not raise."""


@dataclass(eq=False, slots=True)
class Listener:
    """Who hears what: one wire by its id, else what leaves one node (enters it, for a sink), else a whole flow.

    Of a flow of a cluster it hears the stages that run here. What goes to an `end` that runs elsewhere is heard where
    it is sent, as only there it passes a wire.
    """

    flow: str
    node: str
    wire: str
    hear: Hear
    end: bool = False
    at: set[FlowRuntime] = field(default_factory=set)

    @property
    def found(self) -> bool:
        """Whether there is anything to hear."""
        return bool(self.at)


class Taps:
    """All listeners of one engine."""

    def __init__(self, runtimes: Mapping[str, FlowRuntime]) -> None:
        self._runtimes = runtimes
        self._listeners: list[Listener] = []

    def add(self, listener: Listener) -> Callable[[], None]:
        """Listen until the returned function is called; `listener.found` tells whether there is anything to hear."""
        self._listeners.append(listener)
        self._attach_again(listener)
        return lambda: self._remove(listener)

    def attach(self, runtime: FlowRuntime) -> None:
        """Put the taps of this flow where its nodes and wires are now."""
        stations: dict[Station, list[Hear]] = {}
        wires: dict[Wire, tuple[str, list[Hear]]] = {}
        for listener in [each for each in self._listeners if _concerns(each, runtime)]:
            heard, carried = _places(runtime, listener)
            (listener.at.add if heard or carried else listener.at.discard)(runtime)
            for station in heard:
                only_in = bool(listener.node) and is_end(station)
                stations.setdefault(station, []).append(_entering(listener.hear) if only_in else listener.hear)
            for source, wire in carried:
                wires.setdefault(wire, (source.name, []))[1].append(listener.hear)
        for station in runtime.stations.values():
            station.tap = _of_station(station, stations[station]) if station in stations else None
            for wire in _wires(station):
                wire.tap = _of_wire(wires[wire], wire) if wire in wires else None

    def _remove(self, listener: Listener) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)
            self._attach_again(listener)

    def _attach_again(self, listener: Listener) -> None:
        for runtime in self._runtimes.values():
            if _concerns(listener, runtime):
                self.attach(runtime)

    def detach(self, runtime: FlowRuntime) -> None:
        """It runs no more."""
        for listener in self._listeners:
            listener.at.discard(runtime)


def _concerns(listener: Listener, runtime: FlowRuntime) -> bool:
    return listener.flow in (runtime.flow.name, runtime.flow.whole)


def is_end(station: Station) -> bool:
    """Whether messages end here, so that what enters is what there is to hear."""
    return isinstance(station.node, Sink) and not station.wires.keys() - {"error"}


def _entering(hear: Hear) -> Hear:
    """Hears what was put straight into the node, past its wires, and not what it rejects."""

    def hear_in(node: str, port: str, messages: Messages) -> None:
        if port == "in":
            hear(node, port, messages)

    return hear_in


def _places(runtime: FlowRuntime, listener: Listener) -> tuple[list[Station], list[tuple[Station, Wire]]]:
    pairs = [(station, wire) for station in runtime.stations.values() for wire in _wires(station)]
    if listener.wire:
        return [], [pair for pair in pairs if listener.wire in _ids(*pair)]
    if not listener.node:
        return [station for station in runtime.stations.values() if station.way is None], []
    id = internal(listener.node)
    station = runtime.stations.get(id)
    if station is None:  # a subflow: what goes out of it
        inside = f"{id}."
        return [], [(s, w) for s, w in pairs if s.name.startswith(inside) and not w.target.name.startswith(inside)]
    entering = [(s, w) for s, w in pairs if w.target is station]
    if station.way is not None:
        return [], entering if listener.end else []
    return [station], entering if is_end(station) else []


def _ids(source: Station, wire: Wire) -> Iterable[str]:
    """The wire's id, and the one that it has where subflows are folded."""
    outer, target = source.name.split(".")[0], wire.target.name.split(".")[0]
    return (
        f"{public(source.name)}:{wire.port}>{public(wire.target.name)}",
        f"{outer}:{wire.port}>{target}",
        f"{public(source.name)}:{wire.port}>{target}",
    )


def _wires(station: Station) -> list[Wire]:
    return [wire for wires in station.wires.values() for wire in wires]


def _of_station(station: Station, hears: list[Hear]) -> PortTap:
    name = public(station.name)

    def tap(port: str, messages: Messages) -> None:
        for hear in hears:
            hear(name, port, messages)

    return tap


def _of_wire(found: tuple[str, list[Any]], wire: Wire) -> Tap:
    name, hears = public(found[0]), found[1]

    def tap(messages: Messages) -> None:
        for hear in hears:
            hear(name, wire.port, messages)

    return tap
