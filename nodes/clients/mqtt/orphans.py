"""Received packets without a subscriber: of a resumed session before its nodes are back, or of a closed subscription.

They are neither lost nor acknowledged until somebody claims them or their time is over. Never here: I/O, timers.
"""

from collections.abc import Callable, Iterable

from nodes.clients.mqtt.filters import matches
from nodes.clients.mqtt.inbox import Incoming


class Orphans:
    """Packets by identity, with the monotonic time until which each waits."""

    def __init__(self, settle: Callable[[list[Incoming]], None]):
        self._settle = settle
        self._packets: dict[int, tuple[float, Incoming]] = {}

    def __len__(self) -> int:
        return len(self._packets)

    def add(self, packets: Iterable[Incoming], until_s: float) -> None:
        """Keep these until then."""
        for packet in packets:
            if id(packet) in self._packets:
                self._settle([packet])  # two subscribers left it; one of the two settlements is due by now
            self._packets[id(packet)] = (until_s, packet)

    def claim(self, filter_: str, subscription_id: int) -> list[Incoming]:
        """Those that belong to this filter, in the order of their coming."""
        taken = [packet for _, packet in self._packets.values() if _belongs(packet, filter_, subscription_id)]
        for packet in taken:
            del self._packets[id(packet)]
        return taken

    def expire(self, now_s: float) -> list[Incoming]:
        """Those whose time is over; they are settled."""
        over = [packet for until_s, packet in self._packets.values() if until_s <= now_s]
        for packet in over:
            del self._packets[id(packet)]
        self._settle(over)
        return over


def _belongs(packet: Incoming, filter_: str, subscription_id: int) -> bool:
    numbers = packet.subscription_ids
    return subscription_id in numbers if numbers else matches(filter_, packet.topic)
