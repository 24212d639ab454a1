"""Who gets which received packet, and what every subscriber still holds.

A packet belongs to the subscriptions whose identifier it carries (MQTT 5), else to those whose filter matches.
Never here: I/O, reconnecting, the order of acknowledgements.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from nodes.clients.mqtt.errors import SubscribeRefused
from nodes.clients.mqtt.filters import matches, subscription_id
from nodes.clients.mqtt.inbox import Incoming, SessionLedger
from nodes.clients.mqtt.retained import Retained

OnBatch = Callable[[list[Incoming]], None]
TOPICS_REMEMBERED = 50_000


@dataclass(frozen=True)
class Options:
    """How to subscribe; all but `qos` are known to MQTT 5 only."""

    qos: int = 1
    no_local: bool = False
    retain_as_published: bool = True
    retain_handling: int = 0
    """0: retained messages come with each subscribe, 1: with a new one only, 2: never."""


class Subscription:
    """One subscriber. `ack` everything that came, once it is settled, also QoS 0: what is held bounds memory."""

    def __init__(
        self,
        interest: "Interest",
        on_batch: OnBatch,
        on_refused: Callable[[SubscribeRefused], None] | None,
        settled: Callable[[list[Incoming]], None],
        left: Callable[["Subscription", list[Incoming]], None],
        options: Options,
    ):
        self.interest = interest
        self.retained = Retained(interest.filter, options)
        self.on_batch, self.on_refused = on_batch, on_refused
        self.arriving: list[Incoming] = []
        self.held: dict[int, Incoming] = {}
        self._settled, self._left = settled, left
        self.is_open = True

    @property
    def filter(self) -> str:
        """The topic filter as it was given."""
        return self.interest.filter

    async def ready(self) -> int:
        """The granted QoS. Waits for a connection; raises `SubscribeRefused`, or `Closed` with the client."""
        return await asyncio.shield(self.interest.answer)

    def ack(self, packets: Iterable[Incoming]) -> None:
        """These are settled: delivered, stored or dropped on purpose. In any order; twice does no harm."""
        pop = self.held.pop
        done = [packet for packet in packets if pop(id(packet), None) is not None]
        if done:
            self._settled(done)

    def leave(self, untaken: Iterable[Incoming]) -> None:
        """No more batches. `untaken` goes to a successor on the same filter; the rest can still be settled."""
        if self.is_open:
            self.is_open = False
            self._left(self, list(untaken))

    def close(self) -> None:
        """No more batches. What is held goes to a successor on the same filter, else it is given up after a while."""
        if self.is_open or self.held:
            self.is_open = False
            self._left(self, list(self.held.values()))


@dataclass(eq=False)
class Interest:
    """One filter at the broker, with everybody here who subscribed to it."""

    filter: str
    id: int
    options: Options
    answer: "asyncio.Future[int]"
    subscribers: tuple[Subscription, ...] = ()
    granted: bool = False
    parting: asyncio.TimerHandle | None = None

    def ask_again(self) -> None:
        """What the broker said before is void."""
        if self.answer.done():
            self.answer = asyncio.get_running_loop().create_future()

    def settle_answer(self, answer: int | Exception) -> None:
        """The broker granted a QoS or refused; the latest answer is the one that counts."""
        self.ask_again()
        if isinstance(answer, int):
            self.answer.set_result(answer)
        else:
            self.answer.set_exception(answer)
            self.answer.exception()  # reported by on_refused as well; asyncio need not complain if nobody waits


class Router:
    """All interests of a client."""

    def __init__(self, inbox: SessionLedger):
        self._inbox = inbox
        self.interests: dict[str, Interest] = {}
        self._by_id: dict[int, Interest] = {}
        self._by_topic: dict[str, tuple[Interest, ...]] = {}
        self.unclaimed: list[Incoming] = []

    def __iter__(self) -> Iterator[Interest]:
        return iter(self.interests.values())

    def add(self, filter_: str, options: Options) -> Interest:
        """A new interest."""
        number = subscription_id(filter_)
        while number in self._by_id:
            number = number % 268_435_455 + 1
        answer = asyncio.get_running_loop().create_future()
        interest = Interest(filter_, number, options, answer)
        self.interests[filter_] = self._by_id[number] = interest
        self._by_topic.clear()
        return interest

    def remove(self, interest: Interest) -> None:
        """Forget an interest."""
        del self.interests[interest.filter], self._by_id[interest.id]
        self._by_topic.clear()

    def spread(self, packets: Iterable[Incoming]) -> list[Subscription]:
        """The subscriptions that now have something in `arriving`; what nobody wants is put to `unclaimed`."""
        touched: list[Subscription] = []
        by_id = self._by_id
        for packet in packets:
            numbers = packet.subscription_ids
            interest = by_id.get(numbers[0]) if len(numbers) == 1 else None
            if interest is not None:
                subscribers = interest.subscribers
            else:
                subscribers = self._subscribers(packet.topic, numbers)
            if packet.retain and subscribers:
                subscribers = self._takers(packet, subscribers)
            elif len(subscribers) != 1:
                self._share(packet, subscribers)
            for subscription in subscribers:
                if not subscription.arriving:
                    touched.append(subscription)
                subscription.arriving.append(packet)
        return touched

    def _takers(self, packet: Incoming, subscribers: tuple[Subscription, ...]) -> tuple[Subscription, ...]:
        takers = tuple(each for each in subscribers if each.retained.takes(packet.topic))
        if not takers:
            self._inbox.settle([packet])
        elif len(takers) > 1:
            self._inbox.share(packet, len(takers))
        return takers

    def _share(self, packet: Incoming, subscribers: tuple[Subscription, ...]) -> None:
        if subscribers:
            self._inbox.share(packet, len(subscribers))
        else:
            self.unclaimed.append(packet)

    def _subscribers(self, topic: str, numbers: list[int]) -> tuple[Subscription, ...]:
        interests = self._interests(topic, numbers)
        return tuple(subscription for interest in interests for subscription in interest.subscribers)

    def interests_of(self, packet: Incoming) -> Iterable[Interest]:
        """The interests this packet was sent for, also those without a subscriber at the moment."""
        return self._interests(packet.topic, packet.subscription_ids)

    def _interests(self, topic: str, numbers: list[int]) -> Iterable[Interest]:
        return [self._by_id[number] for number in numbers if number in self._by_id] or self._matching(topic)

    def _matching(self, topic: str) -> tuple[Interest, ...]:
        found = self._by_topic.get(topic)
        if found is None:
            if len(self._by_topic) >= TOPICS_REMEMBERED:
                self._by_topic.clear()
            found = tuple(interest for interest in self if matches(interest.filter, topic))
            self._by_topic[topic] = found
        return found
