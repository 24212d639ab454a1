"""Messages whose senders wait for a word of what becomes of them, such as a press on a page. Waits for nothing itself.

They are followed by their ids, which a message keeps from node to node: in a batch of many it is still known.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flowengine.message import Messages

if TYPE_CHECKING:
    from flowengine.node import Connection
    from flowengine.runtime.station import Station


class Order:
    """One of them: how many still have to answer, why it was refused, and the durable queues that keep it.

    One that every node let go no further was `dropped` by the first of them, and `taken` by none.
    """

    def __init__(self, holders: int, on_news: Callable[[], None]):
        self.holders = holders
        self.refused = ""
        self.dropped = ""
        self.taken = False
        self.kept: list[Station] = []
        self.on_news = on_news

    def settle(self) -> None:
        """One of them has taken it."""
        self.holders -= 1
        if not self.holders:
            self.on_news()

    def refuse(self, reason: str) -> None:
        """A node did not take it; the first reason is the one to tell, others come of it."""
        if not self.refused:
            self.refused = reason
            self.on_news()


class Orders:
    """Those under way, of all flows; false where nobody waits for any."""

    def __init__(self) -> None:
        self._by_id: dict[int, Order] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    @contextmanager
    def follow(self, id: int, holders: int, on_news: Callable[[], None]) -> Iterator[Order]:
        """Follow the message of this id meanwhile.

        `on_news` runs once all have taken it, once one refused it, and at each try of a sink whose queue keeps it.
        """
        self._by_id[id] = order = Order(holders, on_news)
        try:
            yield order
        finally:
            del self._by_id[id]

    def refused(self, messages: Messages, reason: str) -> None:
        """A node refused these."""
        for order in self._among(messages):
            order.refuse(reason)

    def dropped(self, messages: Messages, node: str) -> None:
        """This node let these go no further."""
        for order in self._among(messages):
            order.dropped = order.dropped or node

    def taken(self, messages: Messages) -> None:
        """A node that keeps, writes or ends took these."""
        for order in self._among(messages):
            order.taken = True

    def hold(self, id: int) -> None:
        """One more has to answer."""
        if id in self._by_id:
            self._by_id[id].holders += 1

    def settle(self, id: int) -> None:
        """One has taken it."""
        if id in self._by_id:
            self._by_id[id].settle()

    def kept(self, messages: Messages, station: Station) -> None:
        """The durable queue before `station` took these."""
        for order in self._among(messages):
            order.kept.append(station)

    def tried(self, station: Station) -> None:
        """A sink wrote what it had, or found what it writes to away."""
        for order in self._by_id.values():
            if station in order.kept:
                order.on_news()

    def _among(self, messages: Messages) -> Iterable[Order]:
        return (order for message in messages if (order := self._by_id.get(message.id)) is not None)


def away_from(starts: Iterable[Station], connections: Mapping[str, Connection]) -> str:
    """Why the nearest sink that is reached from these stations keeps what it has; empty where each of them writes."""
    todo = deque(starts)
    seen: set[str] = set()
    while todo:
        station = todo.popleft()
        if station.name in seen:
            continue
        seen.add(station.name)
        if station.state == "retrying":
            return station.reason
        connection = connections.get(getattr(station.node.config, "connection", None) or "")
        if station.held and connection is not None and connection.up is False:
            said = f"connection {station.node.config.connection} is not connected"
            return "; ".join(filter(None, (said, connection.fault)))
        todo.extend(wire.target for wires in station.wires.values() for wire in wires)
    return ""
