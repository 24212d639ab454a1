"""Retained messages for new subscribers, a slice of looking at a time: many wildcards over many topics take seconds.

Never here: which messages these are, packets.
"""

import asyncio
from collections.abc import Callable, Iterator

from nodes.servers.mqtt_broker.routing import Routing
from nodes.servers.mqtt_broker.session import BrokerSession
from nodes.servers.mqtt_broker.tree import Wish

SLICE = 1_000
"""Retained topics that are looked at in one turn of the loop."""


class Greeter:
    """Takes turns among all new subscriptions; of one filter of a session only the last is greeted."""

    def __init__(self, routing: Routing, flush: Callable[[], None]):
        self._routing, self._flush = routing, flush
        self._waiting: dict[tuple[BrokerSession, str], Iterator[None]] = {}
        self._turn: asyncio.Handle | None = None

    def greet(self, session: BrokerSession, filter_: str, wish: Wish) -> None:
        """Send what is retained: at once as far as a slice goes, the rest in later turns."""
        self._waiting[session, filter_] = self._routing.greeting(session, filter_, wish)
        if self._turn is None:
            self._slice()

    def _slice(self) -> None:
        left = SLICE
        while self._waiting and left > 0:
            key = next(iter(self._waiting))
            looking = self._waiting.pop(key)
            while left > 0 and (goes_on := next(looking, self) is not self):
                left -= 1
            if goes_on:
                self._waiting[key] = looking  # the others come first next time
        if self._waiting:
            self._turn = asyncio.get_running_loop().call_soon(self._again)

    def _again(self) -> None:
        self._turn = None
        self._slice()
        self._flush()

    def stop(self) -> None:
        """Greet nobody any more."""
        self._waiting.clear()
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
