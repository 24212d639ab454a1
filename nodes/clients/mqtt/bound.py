"""How much subscribers may hold before the link is no longer read. Pure. Never here: who holds it."""

from collections.abc import Sequence

from nodes.clients.mqtt.inbox import Incoming
from nodes.clients.mqtt.link import Link


class HeldBound:
    """Counts received and unsettled messages and their payload bytes."""

    def __init__(self, messages: int, size_bytes: int):
        self.messages = self.size_bytes = 0
        self._most_messages, self._most_bytes = messages, size_bytes

    def add(self, packets: Sequence[Incoming]) -> None:
        """These are held."""
        self.messages += len(packets)
        self.size_bytes += sum([len(packet.payload) for packet in packets])

    def remove(self, packets: Sequence[Incoming]) -> None:
        """These are held no longer."""
        self.messages -= len(packets)
        self.size_bytes -= sum([len(packet.payload) for packet in packets])

    def apply(self, link: Link | None) -> None:
        """Hold the link at the bound, let it go on below half of it."""
        if link is None:
            return
        if link.is_held:
            if self.messages * 2 <= self._most_messages and self.size_bytes * 2 <= self._most_bytes:
                link.hold(False)
        elif self.messages >= self._most_messages or self.size_bytes >= self._most_bytes:
            link.hold(True)
