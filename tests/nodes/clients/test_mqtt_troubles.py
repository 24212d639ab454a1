"""Brokers that hang up, rivals with our client id, certificates that do not fit: found, named, no neighbour hurt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import mqtt5
import pytest

from nodes.clients.mqtt import MqttClient, MqttSettings, SubscribeRefused, Tls, remembered
from nodes.clients.mqtt import retained as retained_of
from nodes.clients.mqtt.codec311 import QOS
from nodes.clients.mqtt.framing import Framer, codec_of
from nodes.clients.mqtt.reasons import why_not
from nodes.clients.mqtt.retained import Retained
from nodes.clients.mqtt.rivals import Rivals
from nodes.clients.mqtt.subscriptions import Options
from nodes.clients.mqtt.suspects import LEFT_OUT_S, Suspects
from tests.nodes.clients.conftest import NewClient
from tests.nodes.clients.mqtt_inbasket import Inbasket, inbasket
from tests.servers.mosquitto import Mosquitto
from tests.waiting import quiet_for, until


class HangsUp:
    """A broker that keeps sessions, sends one message again and again, and hangs up on shared subscriptions.

    While it is ill, any subscription makes it close all connections.
    """

    def __init__(self, version: str) -> None:
        self.version = version
        self.connects = 0
        self.is_ill = False
        self.asked: list[str] = []
        self._writers: list[asyncio.StreamWriter] = []

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        codec = codec_of(self.version)
        framer = Framer(codec, 100_000)
        self._writers.append(writer)
        while data := await reader.read(10_000):
            for packet in framer.feed(data):
                answers = self._answers(packet)
                if answers is None:
                    for each in self._writers if self.is_ill else ():
                        each.close()
                    writer.close()
                    return
                writer.write(b"".join(map(codec.write, answers)))
        writer.close()

    def _answers(self, packet: object) -> list[mqtt5.Packet] | None:
        if isinstance(packet, mqtt5.ConnectPacket):
            self.connects += 1
            again = [self._message(duplicate=True)] if self.asked else []
            return [mqtt5.ConnAckPacket(session_present=self.connects > 1), *again]
        if isinstance(packet, mqtt5.SubscribePacket):
            filter_ = packet.topic_filters[0].pattern
            self.asked.append(filter_)
            if self.is_ill or filter_.startswith("$share"):
                return None
            message = [self._message(duplicate=False)] if self.asked == [filter_] else []
            return [mqtt5.SubAckPacket(packet.packet_id, [mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE]), *message]
        return []

    def _message(self, duplicate: bool) -> mqtt5.PublishPacket:
        return mqtt5.PublishPacket("a/x", b"1", qos=QOS[1], packet_id=7, duplicate=duplicate)


@pytest.fixture
async def hangs_up(version: str) -> AsyncIterator[HangsUp]:
    broker = HangsUp(version)
    await broker.start()
    yield broker
    await broker.stop()


async def test_a_filter_that_the_broker_hangs_up_on_is_left_out(
    hangs_up: HangsUp, new_client: NewClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = await new_client(f"mqtt://127.0.0.1:{hangs_up.port}", version=hangs_up.version, client_id="c", wait=False)
    neighbour = Inbasket(client, "a/#", settles=False)
    culprit = Inbasket(client, "$share/group/b/#")
    later = Inbasket(client, "c/#")
    with pytest.raises(SubscribeRefused, match="closes the connection"):
        async with asyncio.timeout(60):
            await culprit.subscription.ready()
    async with asyncio.timeout(60):
        await later.subscription.ready()
    connects = hangs_up.connects
    assert connects <= 4 and neighbour.payloads == [b"1"]
    assert [r.levelname for r in caplog.records if "$share/group/b/#" in r.getMessage()] == ["ERROR"]
    again = Inbasket(client, "$share/group/b/#")
    with pytest.raises(SubscribeRefused):
        async with asyncio.timeout(60):
            await again.subscription.ready()
    await quiet_for(0.2, "a filter that was left out costs no connection any more")
    assert hangs_up.connects == connects and client.connected


async def test_each_of_several_filters_that_the_broker_hangs_up_on_is_found(
    hangs_up: HangsUp, new_client: NewClient, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"mqtt://127.0.0.1:{hangs_up.port}"
    client = await new_client(url, version=hangs_up.version, client_id="c", wait=False)
    client._upkeep._backoff.delay_s = lambda fault: 0.05  # type: ignore[method-assign]
    first, neighbour = Inbasket(client, "$share/g/a/#"), Inbasket(client, "a/#", settles=False)
    second, third, last = Inbasket(client, "$share/h/d/#"), Inbasket(client, "$share/g/+"), Inbasket(client, "z/#")
    async with asyncio.timeout(30):
        for culprit in (first, second, third):
            with pytest.raises(SubscribeRefused, match="closes the connection"):
                await culprit.subscription.ready()
        await neighbour.subscription.ready()
        await last.subscription.ready()
    assert len([r for r in caplog.records if r.levelname == "ERROR"]) == 3 and client.connected
    assert neighbour.payloads == [b"1"]


async def test_a_broker_that_goes_while_it_is_asked_accuses_no_filter(
    hangs_up: HangsUp, new_client: NewClient, caplog: pytest.LogCaptureFixture
) -> None:
    hangs_up.is_ill = True
    client = await new_client(f"mqtt://127.0.0.1:{hangs_up.port}", version=hangs_up.version, client_id="c", wait=False)
    client._upkeep._backoff.delay_s = lambda fault: 0.05  # type: ignore[method-assign]
    basket = Inbasket(client, "a/#")
    await until(lambda: len(hangs_up.asked) >= 5)
    hangs_up.is_ill = False
    async with asyncio.timeout(60):
        await basket.subscription.ready()
    assert not caplog.records


def test_a_filter_is_left_out_after_it_was_alone_twice_and_for_a_while() -> None:
    suspects = Suspects()
    assert suspects.closed(["a", "b"], 0.0) is None and suspects.one_at_a_time
    assert suspects.closed(["a"], 1.0) is None
    suspects.answered("a")
    assert suspects.closed(["b"], 2.0) is None
    assert suspects.closed([], 3.0) is None
    assert suspects.closed(["b"], 4.0) == "b"
    assert suspects.is_left_out("b", 5.0) and not suspects.is_left_out("a", 5.0)
    assert not suspects.is_left_out("b", 4.0 + LEFT_OUT_S)
    assert suspects.closed(["c"], 5.0) is None and suspects.doubted
    suspects.broker_went()
    assert not suspects.doubted and suspects.closed(["c"], 6.0) is None


def test_a_rival_is_seen_after_three_brief_connections_and_forgotten_after_a_steady_one() -> None:
    rivals = Rivals()
    assert [rivals.ended(0.5, False, True) for _ in range(3)] == [False, False, True]
    assert rivals.seen and not rivals.ended(0.5, False, False)
    assert not rivals.ended(20.0, False, True) and not rivals.seen
    assert rivals.ended(1.0, True, True)  # the broker said so


def test_a_broker_that_is_restarted_again_and_again_is_no_rival() -> None:
    rivals = Rivals()
    for _ in range(5):
        assert not rivals.ended(0.5, False, True)
        rivals.broker_went()
    assert not rivals.seen


def test_a_witness_is_wanted_only_where_the_next_end_could_name_a_rival() -> None:
    rivals = Rivals()
    assert [(rivals.doubted, rivals.ended(0.5, False, True)) for _ in range(3)] == [
        (False, False),
        (False, False),
        (True, True),
    ]
    assert rivals.doubted


@pytest.mark.integration
async def test_a_broker_that_is_killed_and_back_at_once_is_no_rival(
    mosquitto: Mosquitto, new_client: NewClient, prefix: str, version: str
) -> None:
    faults: list[Exception] = []
    events = {"on_disconnect": faults.append}
    client = await new_client(mosquitto.url, client_id=prefix, version=version, events=events)
    client._upkeep._backoff.delay_s = lambda fault: 0.4  # type: ignore[method-assign]
    for kills in range(1, 6):
        await until(lambda: client.connected)
        await asyncio.to_thread(mosquitto.kill)
        await asyncio.to_thread(mosquitto.start)  # long before anybody looks again
        await until(lambda kills=kills: len(faults) >= kills)
    assert not [fault for fault in faults if "client id" in str(fault)]


@pytest.mark.integration
async def test_a_rival_with_our_client_id_is_named_and_given_way(
    any_broker: str, new_client: NewClient, prefix: str, version: str
) -> None:
    faults: list[Exception] = []
    ours = await new_client(any_broker, client_id=prefix, version=version, events={"on_disconnect": faults.append})
    rival = await new_client(any_broker, client_id=prefix, version=version, wait=False)
    rival._upkeep._backoff.delay_s = lambda fault: 0.05  # type: ignore[method-assign]
    await until(lambda: any(prefix in str(fault) for fault in faults))
    assert f"client id '{prefix}'" in ours.fault and "drives the other out" in ours.fault
    connects = ours.reconnects
    await quiet_for(2.0, "both give way after a while")
    assert ours.reconnects - connects <= 1


@pytest.mark.integration
@pytest.mark.parametrize(
    ("door", "tls", "words"),
    [
        ("none", {}, "nothing listens at 127.0.0.1"),
        ("tls_port", {}, "is not trusted"),
        ("tls_port", {"ca": "ca"}, "wants a certificate of ours"),
        ("tls_port", {"ca": "missing"}, "cannot read missing: No such file"),
        ("password_port", None, "the broker refused: not authorized"),
    ],
)
async def test_why_a_broker_is_not_reached_is_told(
    guarded_mosquitto: Mosquitto, new_client: NewClient, door: str, tls: dict[str, str] | None, words: str
) -> None:
    faults: list[Exception] = []
    port = getattr(guarded_mosquitto, door, 1)
    files = {"ca": str(guarded_mosquitto.certificates.ca), "missing": "missing"}
    settings = {} if tls is None else {"tls": Tls(ca=files.get(tls.get("ca", "")))}
    scheme = "mqtts" if door == "tls_port" else "mqtt"
    client = await new_client(
        f"{scheme}://127.0.0.1:{port}", wait=False, version="3.1.1", events={"on_failure": faults.append}, **settings
    )
    await until(lambda: len(faults) >= 1)
    assert words in client.fault
    assert words in why_not(faults[0], client.settings)


@pytest.mark.integration
async def test_two_nodes_of_one_filter_get_retained_messages_once_each(
    any_broker: str, new_client: NewClient, version: str, prefix: str
) -> None:
    plain = {"retain_as_published": False}
    client = await new_client(any_broker, version=version, client_id=prefix)
    await client.publish(f"{prefix}/a", b"kept", qos=1, retain=True)
    first = await inbasket(client, f"{prefix}/#", **plain)
    never = await inbasket(client, f"{prefix}/#", retain_handling=2, **plain)
    second = await inbasket(client, f"{prefix}/#", **plain)
    await first.holds(1)
    await second.holds(1)
    await client.publish(f"{prefix}/b", b"live", qos=1)
    for basket, wanted in ((first, [b"kept", b"live"]), (second, [b"kept", b"live"]), (never, [b"live"])):
        await basket.holds(len(wanted))
        assert basket.payloads == wanted
    assert client.counters["held"] == 0 and len(client._session.delivery.inbox) == 0


def test_more_retained_topics_than_are_remembered_come_again_and_that_is_said(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (remembered, retained_of):
        monkeypatch.setattr(module, "MOST", 1_000)
    retained = Retained("plant/#", Options(retain_as_published=False))
    topics = [f"plant/{n}" for n in range(1_010)]
    assert all(map(retained.takes, topics))
    assert [topic for topic in topics if retained.takes(topic)] == topics[1_000:]
    [said] = [record.getMessage() for record in caplog.records]
    assert "plant/#" in said and "come again" in said


def test_sixty_thousand_retained_topics_come_once() -> None:
    retained = Retained("plant/#", Options(retain_as_published=False))
    topics = [f"plant/{n}" for n in range(60_000)]
    assert all(map(retained.takes, topics)) and not any(map(retained.takes, topics))


async def test_two_nodes_that_start_together_both_get_what_was_retained(
    embedded: object, new_client: NewClient, version: str, prefix: str
) -> None:
    url = embedded.url  # type: ignore[attr-defined]
    publisher = await new_client(url)
    await publisher.publish(f"{prefix}/a", b"kept", qos=1, retain=True)
    client = MqttClient(MqttSettings(url=url, version=version, client_id=prefix))  # type: ignore[arg-type]
    baskets = [
        Inbasket(client, f"{prefix}/#", retain_as_published=False, retain_handling=handling) for handling in (0, 2, 0)
    ]
    await client.start()
    for basket in (baskets[0], baskets[2]):
        await basket.holds(1)
    assert [basket.payloads for basket in baskets] == [[b"kept"], [], [b"kept"]]
    await client.close()
