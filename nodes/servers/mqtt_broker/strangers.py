"""Connections whose clients have not said who they are, so many of an address and so many in all."""

import resource
from collections import Counter

from nodes.servers.mqtt_broker.peer import Peer

MOST, MOST_OF_ADDRESS = 256, 64
"""More than these would keep descriptors and memory from those who are known; the oldest goes when another comes."""

PART_OF_DESCRIPTORS = 16
"""Where a process may have few descriptors, they are no more than this part of them."""


class Strangers:
    """Who is still to say CONNECT, in the order in which they came."""

    def __init__(self) -> None:
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._share = 1.0 if soft == resource.RLIM_INFINITY else min(1.0, soft / (PART_OF_DESCRIPTORS * MOST))
        self._here: dict[Peer, None] = {}
        self._of: Counter[str] = Counter()

    def came(self, peer: Peer) -> Peer | None:
        """Count one more; the one that has to go for it, if any."""
        self._here[peer] = None
        self._of[peer.address] += 1
        if self._of[peer.address] > MOST_OF_ADDRESS * self._share:
            return self._without(next(each for each in self._here if each.address == peer.address))
        return self._without(next(iter(self._here))) if len(self._here) > MOST * self._share else None

    def gone(self, peer: Peer) -> None:
        """It is known now, or has left."""
        if peer in self._here:
            self._without(peer)

    def _without(self, peer: Peer) -> Peer:
        del self._here[peer]
        self._of[peer.address] -= 1
        if not self._of[peer.address]:
            del self._of[peer.address]
        return peer
