"""The embedded broker's bounds bound: what a stranger sends has a limit in all, and stops nobody else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest
from mqtt5 import ConnAckPacket, ConnectPacket, PublishPacket, QoS, SubAckPacket, SubscribePacket, TopicFilter, Will
from mqtt5 import read as parsed

from nodes.servers.mqtt_broker import BrokerSettings, EmbeddedBroker, peer
from nodes.servers.mqtt_broker import broker as door
from nodes.servers.mqtt_broker.greeter import SLICE
from nodes.servers.mqtt_broker.size import OF_EACH_BYTES
from nodes.servers.mqtt_broker.strangers import MOST_OF_ADDRESS
from tests.waiting import until

QUOTA = 0x97


class Stranger:
    """A client that says exactly what it is told to."""

    here: ClassVar[list["Stranger"]] = []

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.reader, self.writer, self._rest = reader, writer, b""

    @classmethod
    async def come(
        cls, broker: EmbeddedBroker, client_id: str, expiry_s: int = 0, will: Will | None = None, at: str = ""
    ) -> "Stranger":
        found = await cls.silent(broker, at)
        found.say(ConnectPacket(client_id, session_expiry_interval=expiry_s, clean_start=False, will=will).write())
        return found

    @classmethod
    async def silent(cls, broker: EmbeddedBroker, at: str = "") -> "Stranger":
        """A connection from this address that says nothing yet."""
        host, _, port = broker.url.removeprefix("mqtt://").rpartition(":")
        local = (at, 0) if at else None
        found = cls(*await asyncio.open_connection(host, int(port), local_addr=local))
        cls.here.append(found)
        return found

    def say(self, wire: bytes) -> None:
        self.writer.write(wire)

    async def hears(self, kind: type) -> object:
        """The next packet of that kind; others are skipped."""
        async with asyncio.timeout(60):
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


@asynccontextmanager
async def opened(settings: BrokerSettings) -> AsyncIterator[EmbeddedBroker]:
    """A broker that listens; whoever came to it leaves before it closes."""
    found = EmbeddedBroker(settings)
    await found.start()
    try:
        yield found
    finally:
        while Stranger.here:
            await Stranger.here.pop().goes()
        await found.close()


@pytest.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    async with opened(BrokerSettings(max_filters=10, kept_of_address=3, all_queues_bytes=1 << 20)) as found:
        yield found


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


async def test_connections_that_never_say_who_they_are_keep_nobody_out(broker: EmbeddedBroker) -> None:
    for _ in range(2 * MOST_OF_ADDRESS):
        await Stranger.silent(broker)
    other = await Stranger.silent(broker, "127.0.0.2")
    await until(lambda: broker.counters["clients"] == MOST_OF_ADDRESS + 1)
    client = await Stranger.come(broker, "known")
    assert isinstance(await client.hears(ConnAckPacket), ConnAckPacket)
    other.say(ConnectPacket("patient").write())
    assert isinstance(await other.hears(ConnAckPacket), ConnAckPacket)


async def test_who_says_connect_byte_by_byte_has_no_more_time_than_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "WATCH_S", 0.02)
    async with opened(BrokerSettings(connect_timeout_s=0.1)) as broker:
        slow = await Stranger.silent(broker)
        wire = iter(ConnectPacket("x" * 60_000).write())

        def is_sent_away() -> bool:
            slow.say(bytes([next(wire)]))
            return slow.reader.at_eof() or slow.reader.exception() is not None

        await until(is_sent_away)


async def test_an_address_that_has_most_sessions_gives_one_up_for_another_address() -> None:
    async with opened(BrokerSettings(max_clients=4)) as broker:
        for number in range(5):
            answer = await (await Stranger.come(broker, f"many-{number}")).hears(ConnAckPacket)
            assert isinstance(answer, ConnAckPacket) and (int(answer.reason_code) == 0) == (number < 4)
        for number, welcome in enumerate((True, True, False)):
            client = await Stranger.come(broker, f"other-{number}", at="127.0.0.2")
            answer = await client.hears(ConnAckPacket)
            assert isinstance(answer, ConnAckPacket) and (int(answer.reason_code) == 0) == welcome
        assert broker.counters["sessions"] == 4


async def test_who_is_sent_away_and_reads_nothing_leaves_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "WATCH_S", 0.02)
    monkeypatch.setattr(peer, "CLOSE_S", 0.1)
    async with opened(BrokerSettings(write_bytes=64 << 10)) as broker:
        deaf = await Stranger.come(broker, "deaf")
        await deaf.subscribes("#")
        deaf.writer.transport.pause_reading()  # type: ignore[attr-defined]
        publisher = await Stranger.come(broker, "p")

        def is_congested() -> bool:
            publisher.say(PublishPacket("a", bytes(100_000)).write() * 10)
            return any(each.congested for each in broker._peers if each.conversation.session is not None)

        await until(is_congested)
        assert isinstance(await (await Stranger.come(broker, "deaf")).hears(ConnAckPacket), ConnAckPacket)
        await until(lambda: broker.counters["clients"] == 2)
        deaf.writer.transport.abort()


async def test_a_topic_as_long_as_mqtt_allows_passes_and_one_of_levels_alone_does_not(broker: EmbeddedBroker) -> None:
    longest = "ä" * 32_767 + "x"
    reader, publisher = [await Stranger.come(broker, name) for name in ("r", "p")]
    await reader.subscribes("#")
    publisher.say(PublishPacket(longest, b"x", retain=True).write())
    heard = await reader.hears(PublishPacket)
    assert isinstance(heard, PublishPacket) and heard.topic == longest
    late = await Stranger.come(broker, "late")
    assert await late.subscribes(longest, "/" * 65_535) == [1, QUOTA]
    retained = await late.hears(PublishPacket)
    assert isinstance(retained, PublishPacket) and retained.topic == longest
    publisher.say(PublishPacket("/" * 65_535, b"x").write())
    assert await publisher.hears(SubAckPacket) is None
