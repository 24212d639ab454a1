"""Which messages of a queue are in the flow, so that what a broker gives out again is not taken twice. No I/O.

A broker gives back all that was not acknowledged on a lost channel, and what was given back comes first, marked
`redelivered` (AMQP 0-9-1, basic.deliver). A message that is the same in key and content as one that is still held from
a lost channel takes that one's place; where others read the queue, too, counts stay right, since each copy is one.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiormq.abc import DeliveredMessage

    from nodes.clients.amqp.consumer import Consumer

Likeness = tuple[str | None, str | None, str | None, int]


class Held:
    """One message that is in the flow: where to acknowledge it, and whether that is due."""

    __slots__ = ("consumer", "like", "settled", "tag")

    def __init__(self, like: Likeness, consumer: Consumer, tag: int):
        self.like, self.consumer, self.tag, self.settled = like, consumer, tag, False


class Deliveries:
    """All messages of one reader that are not acknowledged."""

    def __init__(self) -> None:
        self._consumer: Consumer | None = None
        self._held: dict[int, Held] = {}
        self._adrift: dict[Likeness, deque[Held]] = {}
        self._due: list[int] = []

    def __len__(self) -> int:
        return len(self._held)

    def begin(self, consumer: Consumer) -> None:
        """Messages come from this consumer now; what is held of another is expected again."""
        self._consumer = consumer
        self._adrift = defaultdict(deque)
        for each in self._held.values():
            self._adrift[each.like].append(each)
        self._due = []

    def take(self, message: DeliveredMessage) -> Held | None:
        """What now is in the flow for the first time; None for what is there already."""
        assert self._consumer is not None
        like = _likeness(message)
        tag = message.delivery_tag or 0
        if not message.redelivered:
            self._forget()
        elif waiting := self._adrift.get(like):
            again = waiting.popleft()
            again.consumer, again.tag = self._consumer, tag
            if again.settled:
                self._due.append(tag)
                del self._held[id(again)]
            return None
        held = Held(like, self._consumer, tag)
        self._held[id(held)] = held
        return held

    def settle(self, done: Iterable[Held]) -> list[int]:
        """These are done with; which to acknowledge at the consumer of now."""
        tags = []
        for each in done:
            each.settled = True
            if each.consumer is self._consumer and not each.consumer.lost:
                tags.append(each.tag)
                self._held.pop(id(each), None)
        return tags

    def due(self) -> list[int]:
        """What came again after it was done with, to be acknowledged now; it is not told twice."""
        due, self._due = self._due, []
        return due

    def _forget(self) -> None:
        """What was given back has all come: what did not went to another reader."""
        for waiting in self._adrift.values():
            for each in waiting:
                self._held.pop(id(each), None)
        self._adrift = {}


def _likeness(message: DeliveredMessage) -> Likeness:
    return message.exchange, message.routing_key, message.header.properties.message_id, hash(message.body)
