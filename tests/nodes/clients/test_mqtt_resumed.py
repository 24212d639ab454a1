"""Over any reconnects, reused packet ids and restarts of the node: nothing is lost, nothing held is given out again."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any
from unittest.mock import patch

from hypothesis import example, given, settings
from hypothesis import strategies as st
from mqtt5 import PublishPacket, QoS

from nodes.clients.mqtt import Incoming, MqttClient, MqttSettings, answered

WINDOW = 3
FILTER = "t/#"


class ModelBroker:
    """One kept session: sends again after a reconnect, gives the lowest free packet id at once to the next message.

    Or the next higher one, as most brokers do.
    """

    def __init__(self, counts_up: bool) -> None:
        self.counts_up, self.last_id = counts_up, 0
        self.queue: deque[tuple[int, bytes]] = deque()
        self.in_flight: dict[int, tuple[int, bytes]] = {}
        self.wire: deque[tuple[int, PublishPacket]] = deque()
        self.answers: deque[int] = deque()
        self.acknowledged: set[int] = set()
        self.count = self.crashes = 0
        self.save()

    def publish(self, payload: bytes) -> None:
        self.queue.append((self.count, payload + b"%d" % self.crashes))
        self.count += 1
        self.pump()

    def pump(self) -> None:
        while self.queue and len(self.in_flight) < WINDOW:
            packet_id = next(number for number in range(1, WINDOW + 2) if number not in self.in_flight)
            if self.counts_up:
                packet_id = self.last_id = self.last_id + 1
            self.in_flight[packet_id] = self.queue.popleft()
            self._send(packet_id, duplicate=False)

    def _send(self, packet_id: int, duplicate: bool) -> None:
        number, payload = self.in_flight[packet_id]
        packet = PublishPacket("t/a", payload, qos=QoS.AT_LEAST_ONCE, packet_id=packet_id, duplicate=duplicate)
        self.wire.append((number, packet))

    def hear(self, most: int) -> None:
        for _ in range(min(most, len(self.answers))):
            self.acknowledged.add(self.in_flight.pop(self.answers.popleft())[0])
        self.pump()

    def save(self) -> None:
        """What a crash goes back to."""
        self.saved = deque(self.queue), dict(self.in_flight), self.last_id

    def roll_back(self) -> None:
        """It forgets what came and went since it was saved; what it then sends may carry another message's packet id.

        Payloads differ from then on: with id, topic and payload the same, nobody could tell the two.
        """
        self.crashes += 1
        self.queue, self.in_flight = deque(self.saved[0]), dict(self.saved[1])
        self.last_id = self.saved[2]

    def reconnect(self, session_present: bool) -> None:
        self.wire.clear()
        self.answers.clear()
        if not session_present:
            self.in_flight.clear()
            self.queue.clear()
        for packet_id in self.in_flight:
            self._send(packet_id, duplicate=True)
        self.pump()


class Scene:
    """A client without a network between a model broker and a node that holds what it got."""

    def __init__(self, counts_up: bool) -> None:
        self.broker = ModelBroker(counts_up)
        self.client = MqttClient(MqttSettings(url="mqtt://127.0.0.1:1", client_id="c"))
        self.delivery = self.client._session.delivery
        self.is_held = False
        self.numbers: dict[int, int] = {}
        self.packets: list[Incoming] = []  # keeps identities from being reused
        self.held: list[tuple[Incoming, Any]] = []
        self.settled: set[int] = set()
        self.answered: set[int] = set()
        self.forgotten: set[int] = set()
        self.delivery.connected(self, True)  # type: ignore[arg-type]
        self._subscribe()

    def write(self, data: bytes) -> None:
        for at in range(0, len(data), 4):
            packet_id = data[at + 2] << 8 | data[at + 3]
            number = self.broker.in_flight[packet_id][0]
            assert number in self.settled, "acknowledged before the flow had settled it"
            self.answered.add(number)
            self.broker.answers.append(packet_id)

    def hold(self, held: bool) -> None:
        self.is_held = held

    def _subscribe(self) -> None:
        subscription = self.client.subscribe(FILTER, lambda batch: self._take(batch, subscription))
        self.subscription = subscription

    def _take(self, batch: list[Incoming], subscription: Any) -> None:
        for packet in batch:
            number = self.numbers[id(packet)]
            if number not in self.forgotten:
                assert number not in {self.numbers[id(p)] for p, _ in self.held}, "still held, and given out again"
                assert number not in self.settled or number in self.answered, "settled, and given out again"
            self.held.append((packet, subscription))

    def deliver(self, most: int) -> None:
        batch = [self.broker.wire.popleft() for _ in range(min(most, len(self.broker.wire)))]
        self.numbers |= {id(packet): number for number, packet in batch}
        self.packets += [packet for _, packet in batch]
        if batch:
            self.delivery.receive([packet for _, packet in batch])

    def settle(self, place: int) -> None:
        if self.held:
            packet, subscription = self.held.pop(place % len(self.held))
            self.settled.add(self.numbers[id(packet)])
            subscription.ack([packet])

    async def restart_node(self, taken: int) -> None:
        """The node hands back what it had not put into the flow yet; its successor gets that."""
        own = [packet for packet, subscription in self.held if subscription is self.subscription]
        untaken = own[taken:]
        self.held = [each for each in self.held if not any(each[0] is packet for packet in untaken)]
        self.subscription.leave(untaken)
        self._subscribe()
        await asyncio.sleep(0)

    def cut(self, heard: int, session_present: bool) -> None:
        self.broker.hear(heard)
        self.delivery.disconnected()
        if not session_present:
            lost = {number for number, _ in (*self.broker.in_flight.values(), *self.broker.queue)}
            self.forgotten |= lost | self.settled
        self.broker.reconnect(session_present)
        self.delivery.connected(self, session_present)  # type: ignore[arg-type]

    def crash(self) -> None:
        """The broker dies and starts from what it had saved."""
        known = {number for number, _ in (*self.broker.in_flight.values(), *self.broker.queue)}
        self.broker.roll_back()
        now = {number for number, _ in (*self.broker.in_flight.values(), *self.broker.queue)}
        self.forgotten |= (known - now) | now
        self.cut(0, True)

    async def finish(self) -> None:
        await self.restart_node(0)
        while self.broker.wire or self.held or self.broker.answers:
            self.deliver(99)
            self.settle(0)
            self.broker.hear(99)
        assert set(range(self.broker.count)) == self.settled | self.forgotten, "lost"
        assert not self.broker.in_flight, "never acknowledged"


ACTS = st.one_of(
    st.tuples(st.just("publish"), st.sampled_from([b"1", b"2"])),
    st.tuples(st.just("deliver"), st.integers(1, 4)),
    st.tuples(st.just("settle"), st.integers(0, 5)),
    st.tuples(st.just("hear"), st.integers(1, 4)),
    st.tuples(st.just("cut"), st.integers(0, 4), st.booleans() | st.just(True)),
    st.tuples(st.just("restart_node"), st.integers(0, 3)),
    st.tuples(st.just("save")),
    st.tuples(st.just("crash")),
)


ONE = [("publish", b"1"), ("deliver", 1), ("settle", 0)]
REUSED_UNSEEN = [*ONE, ("hear", 1), ("publish", b"1"), ("cut", 0, True)]


@settings(max_examples=500)
@example(REUSED_UNSEEN, False)
@example([*ONE * 6, ("cut", 4, True), *ONE], True)
@given(st.lists(ACTS, max_size=60), st.booleans())
def test_a_resumed_session_repeats_nothing_that_is_held_and_loses_nothing(
    acts: list[tuple[Any, ...]], counts_up: bool
) -> None:
    async def play() -> None:
        scene = Scene(counts_up)
        for name, *arguments in acts:
            on = scene.broker if name in ("publish", "hear", "save") else scene
            done = getattr(on, name)(*arguments)
            if done is not None:
                await done
        await scene.finish()

    with patch.object(answered, "LAST", WINDOW):
        asyncio.run(play())
