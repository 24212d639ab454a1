"""What a stop of a flow could not deliver. Stops nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from flowengine.counts import count_of
from flowengine.runtime.spooled import comes_from_disk
from flowengine.runtime.station import Station


@dataclass
class Left:
    """What a stop could not deliver: messages by node, and which of them are safe on disk."""

    held: dict[str, int] = field(default_factory=dict)
    spooled: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, stations: Collection[Station]) -> Left:
        """What these stations hold."""
        left = cls()
        for station in stations:
            if station.held:
                safe = comes_from_disk(station, stations)
                (left.spooled if safe else left.held)[station.name] = station.held
        return left

    def lines(self) -> Iterable[str]:
        """The report for people."""
        yield from (f"{node}: {count_of(n, 'message')} kept on disk" for node, n in self.spooled.items())
        for node, n in self.held.items():
            yield f"{node}: {count_of(n, 'message')} not delivered; not acknowledged either"
