"""The embedded broker's bounds bound: what a stranger sends has a limit in all, and stops nobody else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import ClassVar

import pytest
from mqtt5 import ConnAckPacket, ConnectPacket, PublishPacket, QoS, SubAckPacket, SubscribePacket, TopicFilter, Will
from mqtt5 import read as parsed

from nodes.servers.mqtt_broker import BrokerSettings, EmbeddedBroker
from nodes.servers.mqtt_broker.greeter import SLICE
from nodes.servers.mqtt_broker.size import OF_EACH_BYTES
from tests.waiting import until

QUOTA = 0x97


class Stranger:
    """A client that says exactly what it is told to."""

    here: ClassVar[list["Stranger"]] = []

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.reader, self.writer, self._rest = reader, writer, b""

    @classmethod
    async def come(
        cls, broker: EmbeddedBroker, client_id: str, expiry_s: int = 0, will: Will | None = None
    ) -> "Stranger":
        host, _, port = broker.url.removeprefix("mqtt://").rpartition(":")
        found = cls(*await asyncio.open_connection(host, int(port)))
        cls.here.append(found)
        found.say(ConnectPacket(client_id, session_expiry_interval=expiry_s, clean_start=False, will=will).write())
        return found

    def say(self, wire: bytes) -> None:
        self.writer.write(wire)

    async def hears(self, kind: type) -> object:
        """The next packet of that kind; others are skipped."""
        async with asyncio.timeout(10):
            while True:
                try:
                    packet, length = parsed(memoryview(self._rest))
                except IndexError:
                    more = await self.reader.read(65_536)
                    if not more:
                        return None
                    self._rest += more
                    continue
                self._rest = self._rest[length:]
                if isinstance(packet, kind):
                    return packet

    async def subscribes(self, *patterns: str, qos: QoS = QoS.AT_LEAST_ONCE) -> list[int]:
        self.say(SubscribePacket(1, [TopicFilter(pattern, max_qos=qos) for pattern in patterns]).write())
        answer = await self.hears(SubAckPacket)
        assert isinstance(answer, SubAckPacket)
        return [int(code) for code in answer.reason_codes]

    async def goes(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


@pytest.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    found = EmbeddedBroker(BrokerSettings(max_filters=10, kept_of_address=3, all_queues_bytes=1 << 20))
    await found.start()
    yield found
    while Stranger.here:
        await Stranger.here.pop().goes()
    await found.close()


async def test_a_will_or_topic_of_three_thousand_levels_sends_its_client_away(broker: EmbeddedBroker) -> None:
    deep = "/".join(["a"] * 3_000)
    other = await Stranger.come(broker, "other")
    await other.subscribes("#")
    with_will = await Stranger.come(broker, "w", will=Will(topic=deep, payload=b"x"))
    assert await with_will.hears(ConnAckPacket) is None
    publisher = await Stranger.come(broker, "p")
    publisher.say(PublishPacket(deep, b"x", retain=True).write())
    assert await publisher.hears(SubAckPacket) is None
    asking = await Stranger.come(broker, "s")
    assert await asking.subscribes(deep, "a") == [QUOTA, 1]
    asking.say(PublishPacket("a", b"still here").write())
    heard = await other.hears(PublishPacket)
    assert isinstance(heard, PublishPacket) and heard.payload == b"still here"


async def test_a_session_has_so_many_filters_and_no_more(broker: EmbeddedBroker) -> None:
    client = await Stranger.come(broker, "many")
    assert await client.subscribes(*(f"a/{number}" for number in range(12))) == [1] * 10 + [QUOTA] * 2
    assert await client.subscribes("a/3") == [1]  # one that it has may be changed


async def test_of_one_address_only_the_newest_kept_sessions_stay(broker: EmbeddedBroker) -> None:
    for number in range(6):
        client = await Stranger.come(broker, f"kept-{number}", expiry_s=3600)
        await client.hears(ConnAckPacket)
        await client.goes()
        await until(lambda: broker.counters["clients"] == 0)
    assert broker.counters["sessions"] == 3
    back = await Stranger.come(broker, "kept-5")
    answer = await back.hears(ConnAckPacket)
    assert isinstance(answer, ConnAckPacket) and answer.session_present


async def test_queues_of_all_sessions_are_bounded_together_and_properties_count(broker: EmbeddedBroker) -> None:
    for number in range(3):
        client = await Stranger.come(broker, f"away-{number}", expiry_s=3600)
        await client.subscribes("a")
        await client.goes()
    await until(lambda: broker.counters["clients"] == 0)
    publisher = await Stranger.come(broker, "p")
    properties = [("name", "v" * 1_000)] * 30
    for number in range(40):
        publisher.say(
            PublishPacket("a", b"", qos=QoS.AT_LEAST_ONCE, packet_id=number + 1, user_properties=properties).write()
        )
    await until(lambda: broker.counters["routed"] == 40)
    each_bytes = OF_EACH_BYTES + len("a") + 30 * (OF_EACH_BYTES + 1_004)
    assert broker.counters["waiting"] == (1 << 20) // each_bytes
    assert broker.counters["waiting"] + broker.counters["dropped"] == 120
    for number in range(3):  # a session that ends gives its place back
        again = await Stranger.come(broker, f"away-{number}")
        await again.hears(ConnAckPacket)
        await again.goes()
    await until(lambda: broker._registry.held.bytes == 0)


async def test_many_wildcards_over_many_retained_topics_leave_turns_to_others(
    broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = await Stranger.come(broker, "p")
    for number in range(3 * SLICE):
        publisher.say(PublishPacket(f"a/{number}", b"x", retain=True).write())
    await until(lambda: broker.counters["routed"] == 3 * SLICE)
    looked, most = 0, 0
    sliced = broker._greeter._slice
    retained = broker._routing._retained
    matching = retained.matching

    def counted(filter_: str):  # type: ignore[no-untyped-def]
        nonlocal looked
        for each in matching(filter_):
            looked += 1
            yield each

    def measured() -> None:
        nonlocal most
        before = looked
        sliced()
        most = max(most, looked - before)

    monkeypatch.setattr(retained, "matching", counted)
    monkeypatch.setattr(broker._greeter, "_slice", measured)
    client = await Stranger.come(broker, "greedy")
    await client.subscribes(*(f"{'+/' * 1}+" if not number else f"a/+{'/#' * 1}" for number in range(2)), "#", "a/#")
    await until(lambda: not broker._greeter._waiting)
    assert looked == 4 * 3 * SLICE and most <= SLICE
    got = 0
    while got < 4 * 3 * SLICE:
        packet = await client.hears(PublishPacket)
        assert isinstance(packet, PublishPacket) and packet.retain
        got += 1


async def test_a_stranger_that_leaves_is_greeted_no_further(broker: EmbeddedBroker) -> None:
    publisher = await Stranger.come(broker, "p")
    for number in range(2 * SLICE):
        publisher.say(PublishPacket(f"a/{number}", b"x", retain=True).write())
    await until(lambda: broker.counters["routed"] == 2 * SLICE)
    client = await Stranger.come(broker, "greedy")
    client.say(SubscribePacket(1, [TopicFilter(f"{'+/' * number}#") for number in range(9)]).write())
    await client.goes()
    await until(lambda: broker.counters["sessions"] == 1 and not broker._greeter._waiting)
