"""Which messages of a queue are in the flow: over any losses each is taken once and acknowledged once."""

from __future__ import annotations

from collections import deque
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from nodes.clients.amqp.deliveries import Deliveries, Held


class Channel:
    """What a broker knows of one channel."""

    def __init__(self) -> None:
        self.lost, self.given, self.tag = False, dict[int, bytes](), 0


class Broker:
    """A queue with one reader: what is not acknowledged on a channel that is lost is given back, marked and first."""

    def __init__(self) -> None:
        self.waiting, self.acknowledged = deque[tuple[bytes, bool]](), list[bytes]()

    def lose(self, channel: Channel) -> None:
        channel.lost = True
        self.waiting.extendleft((body, True) for body in reversed(channel.given.values()))
        channel.given = {}

    def give(self, channel: Channel) -> Any:
        body, again = self.waiting.popleft()
        channel.tag += 1
        channel.given[channel.tag] = body
        header = SimpleNamespace(properties=SimpleNamespace(message_id=None))
        return SimpleNamespace(
            exchange="", routing_key="q", header=header, body=body, redelivered=again, delivery_tag=channel.tag
        )

    def acknowledge(self, channel: Channel, tags: list[int]) -> None:
        self.acknowledged += [channel.given.pop(tag) for tag in tags]


STEPS = st.lists(st.one_of(st.sampled_from(["take", "take", "lose"]), st.integers(0, 3), st.binary(max_size=1)))


@given(STEPS)
def test_each_message_is_taken_and_acknowledged_once_over_any_losses(steps: list[str | int | bytes]) -> None:
    broker, channel, deliveries = Broker(), Channel(), Deliveries()
    deliveries.begin(cast(Any, channel))
    put, taken, going = list[bytes](), list[bytes](), list[Held]()

    def take() -> None:
        message = broker.give(channel)
        if held := deliveries.take(message):
            taken.append(message.body)
            going.append(held)
        broker.acknowledge(channel, deliveries.due())

    for step in [*steps, "lose"]:
        if isinstance(step, bytes):
            put.append(step)
            broker.waiting.append((step, False))
        elif step == "take" and broker.waiting:
            take()
        elif step == "lose":
            broker.lose(channel)
            channel = Channel()
            deliveries.begin(cast(Any, channel))
        elif isinstance(step, int) and step < len(going):
            broker.acknowledge(channel, deliveries.settle([going.pop(step)]))
    while broker.waiting:
        take()
    broker.acknowledge(channel, deliveries.settle(going))
    assert sorted(taken) == sorted(broker.acknowledged) == sorted(put)
    assert not channel.given and len(deliveries) == 0


def test_what_comes_again_after_newer_ones_is_taken_as_new() -> None:
    broker, channel, deliveries = Broker(), Channel(), Deliveries()
    deliveries.begin(cast(Any, channel))
    broker.waiting.append((b"a", False))
    first = deliveries.take(broker.give(channel))
    again = Channel()
    deliveries.begin(cast(Any, again))
    broker.waiting.extend([(b"b", False), (b"a", True)])
    assert deliveries.take(broker.give(again)) and deliveries.take(broker.give(again))
    assert first is not None and deliveries.settle([first]) == [] and len(deliveries) == 2
