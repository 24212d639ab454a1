"""The client against mosquitto and against the embedded broker, in both protocol versions."""

import asyncio
import os
from typing import Any

import pytest

from nodes.clients.mqtt import (
    Birth,
    Closed,
    ConnectRefused,
    Disconnected,
    MqttClient,
    MqttSettings,
    Publication,
    PublishRefused,
    QueueFull,
    SessionTaken,
    SubscribeRefused,
    Tls,
    Will,
)
from tests.nodes.clients.conftest import NewClient
from tests.nodes.clients.mqtt_inbasket import Inbasket, inbasket
from tests.servers.mosquitto import Mosquitto
from tests.waiting import lasts, quiet_for, until

pytestmark = pytest.mark.integration


def numbered(topic: str, count: int, qos: int) -> list[Publication]:
    return [Publication(topic, b"%d" % number, qos) for number in range(count)]


@pytest.mark.parametrize("qos", [0, 1, 2])
async def test_messages_arrive_in_order_and_all_are_answered(
    any_broker: str, version: str, qos: int, new_client: NewClient, prefix: str
) -> None:
    client = await new_client(any_broker, version=version)
    basket = await inbasket(client, f"{prefix}/#", qos=qos)
    async with asyncio.timeout(60):
        await client.publish_many(numbered(f"{prefix}/a", 3000, qos))
    await basket.holds(3000)
    assert basket.payloads == [b"%d" % number for number in range(3000)]
    assert {(int(packet.qos), packet.retain) for packet in basket.packets} == {(qos, False)}
    await until(lambda: client.counters["held"] == 0)
    assert client.counters["unanswered"] == 0


async def test_a_retained_message_waits_for_its_subscriber(
    any_broker: str, version: str, new_client: NewClient, prefix: str
) -> None:
    client = await new_client(any_broker, version=version)
    await client.publish(f"{prefix}/state", b"on", qos=1, retain=True)
    basket = await (await inbasket(client, f"{prefix}/+")).holds(1)
    assert (basket.payloads, basket.packets[0].retain) == ([b"on"], True)
    await client.publish(f"{prefix}/state", b"", qos=1, retain=True)
    later = await inbasket(client, f"{prefix}/state")
    await client.publish(f"{prefix}/state", b"live", qos=1)
    await later.holds(1)
    assert later.payloads[0] == b"live"


async def test_birth_and_will_are_retained_and_a_graceful_end_sends_no_will(
    any_broker: str, version: str, new_client: NewClient, prefix: str
) -> None:
    topic = f"{prefix}/status"
    settings: dict[str, Any] = {"version": version, "will": Will(topic, b"lost"), "birth": Birth(topic, b"here")}
    watcher = await new_client(any_broker, version=version)
    basket = await inbasket(watcher, topic)
    graceful = await new_client(any_broker, **settings, farewell=Publication(topic, b"gone", 1, True))
    await basket.holds(1)
    await graceful.close()
    await basket.holds(2)
    vanishing = await new_client(any_broker, **settings)
    await basket.holds(3)
    link = vanishing._session.link
    assert link is not None
    vanishing._upkeep._backoff.delay_s = lambda fault: 60.0  # type: ignore[method-assign]
    link.abort(Disconnected("cut by the test"))
    await basket.holds(4)
    assert basket.payloads == [b"here", b"gone", b"here", b"lost"]
    late = await (await inbasket(watcher, f"{prefix}/+")).holds(1)
    assert (late.payloads, late.packets[0].retain) == ([b"lost"], True)


async def test_what_was_not_settled_comes_again_after_a_reconnect_in_order(
    any_broker: str, version: str, new_client: NewClient, prefix: str
) -> None:
    settings = {"version": version, "client_id": prefix, "clean_start": False}
    consumer = await new_client(any_broker, **settings)
    first = await inbasket(consumer, f"{prefix}/#", settles=False)
    publisher = await new_client(any_broker, version=version)
    await publisher.publish_many(numbered(f"{prefix}/a", 10, 1))
    await first.holds(10)
    first.subscription.ack(first.packets[:3] + first.packets[5:6])  # the sixth waits for the fourth and fifth
    await lasts(0.1, "the acknowledgements on their way")
    await consumer.close()
    again = await new_client(any_broker, **settings)
    second = await Inbasket(again, f"{prefix}/#").holds(7)
    assert second.payloads == [b"%d" % number for number in range(3, 10)]


async def test_what_is_held_over_a_reconnect_does_not_come_again(
    any_broker: str, version: str, new_client: NewClient, prefix: str
) -> None:
    consumer = await new_client(any_broker, version=version, client_id=prefix)
    basket = await inbasket(consumer, f"{prefix}/#", settles=False)
    await consumer.publish_many(numbered(f"{prefix}/a", 5, 1))
    await basket.holds(5)
    link = consumer._session.link
    assert link is not None
    link.abort(Disconnected("cut by the test"))
    await until(lambda: consumer.reconnects == 1)
    await consumer.publish(f"{prefix}/a", b"new", qos=1)
    await basket.holds(6)
    basket.subscription.ack(basket.packets)
    assert [basket.payloads, len(consumer._session.delivery.inbox)] == [[b"0", b"1", b"2", b"3", b"4", b"new"], 0]
    await consumer.close()
    late = await new_client(any_broker, version=version, client_id=prefix)
    again = await inbasket(late, f"{prefix}/#")
    await late.publish(f"{prefix}/a", b"last", qos=1)
    assert (await again.holds(1)).payloads == [b"last"]  # the broker has every acknowledgement


async def test_messages_of_a_kept_session_wait_for_their_node_to_start(
    any_broker: str, new_client: NewClient, prefix: str
) -> None:
    consumer = await new_client(any_broker, client_id=prefix)
    await inbasket(consumer, f"{prefix}/#")
    await consumer.close()
    publisher = await new_client(any_broker)
    await publisher.publish_many(numbered(f"{prefix}/a", 5, 1))
    resumed = await new_client(any_broker, client_id=prefix)
    await until(lambda: resumed.counters["held"] == 5)
    basket = await inbasket(resumed, f"{prefix}/#")
    await basket.holds(5)
    assert basket.payloads == [b"%d" % number for number in range(5)]
    await until(lambda: resumed.counters["held"] == 0)
    assert resumed.counters["unclaimed"] == 0


async def test_what_nobody_claims_is_given_up_and_counted(any_broker: str, new_client: NewClient, prefix: str) -> None:
    consumer = await new_client(any_broker, client_id=prefix)
    await inbasket(consumer, f"{prefix}/#")
    await consumer.close()
    publisher = await new_client(any_broker)
    await publisher.publish_many(numbered(f"{prefix}/a", 5, 1))
    resumed = await new_client(any_broker, client_id=prefix, unclaimed_s=0.2, linger_s=0.1, keepalive_s=1)
    await until(lambda: resumed.counters["unclaimed"] == 5)
    assert len(resumed._session.delivery.inbox) == 0


async def test_what_comes_for_nobody_all_the_time_is_told_once_a_minute(
    any_broker: str, new_client: NewClient, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    consumer = await new_client(any_broker, client_id=prefix)
    await inbasket(consumer, f"{prefix}/#")
    await consumer.close()
    resumed = await new_client(any_broker, client_id=prefix, unclaimed_s=0.1, linger_s=0.1)
    publisher = await new_client(any_broker)
    for number in range(5):
        await publisher.publish(f"{prefix}/a", b"", qos=1)
        await until(lambda number=number: resumed.counters["unclaimed"] == number + 1)
    told = [record.getMessage() for record in caplog.records if "nobody subscribes" in record.getMessage()]
    assert len(told) == 1


async def test_a_successor_inherits_what_a_closed_subscription_held(
    any_broker: str, new_client: NewClient, prefix: str
) -> None:
    client = await new_client(any_broker)
    first = await inbasket(client, f"{prefix}/#", settles=False)
    await client.publish_many(numbered(f"{prefix}/a", 5, 1))
    await first.holds(5)
    first.subscription.ack(first.packets[:2])
    first.subscription.close()
    second = await Inbasket(client, f"{prefix}/#").holds(3)
    assert second.payloads == [b"2", b"3", b"4"]
    assert client.counters["held"] == 0
    await client.publish(f"{prefix}/a", b"new", qos=1)
    await second.holds(4)


async def test_a_filter_without_successor_is_unsubscribed(any_broker: str, new_client: NewClient, prefix: str) -> None:
    client = await new_client(any_broker, linger_s=0.05)
    basket = await inbasket(client, f"{prefix}/#", settles=False)
    await client.publish(f"{prefix}/a", b"1", qos=1)
    await basket.holds(1)
    basket.subscription.close()
    await until(lambda: not list(client._session.delivery.router))
    await until(lambda: client.counters["held"] == 0)
    other = await inbasket(client, f"{prefix}/b")
    await client.publish(f"{prefix}/a", b"2", qos=1)
    await client.publish(f"{prefix}/b", b"3", qos=1)
    await other.holds(1)
    assert (client.counters["received"], len(basket.packets)) == (2, 1)


async def test_overlapping_subscriptions_each_get_a_message_and_it_is_acked_when_both_settled(
    embedded: Any, new_client: NewClient, version: str, prefix: str
) -> None:
    client = await new_client(embedded.url, version=version)
    wide = await inbasket(client, f"{prefix}/#", settles=False)
    narrow = await inbasket(client, f"{prefix}/+", settles=False)
    twin = await inbasket(client, f"{prefix}/+", settles=False)
    await client.publish(f"{prefix}/a", b"1", qos=1)
    for basket in (wide, narrow, twin):
        await basket.holds(1)
    for basket in (wide, narrow):
        basket.subscription.ack(basket.packets)
        assert len(client._session.delivery.inbox) == 1
    twin.subscription.ack(twin.packets)
    assert len(client._session.delivery.inbox) == 0


async def test_a_shared_subscription_divides_the_messages(
    any_broker: str, version: str, new_client: NewClient, prefix: str
) -> None:
    baskets = []
    for _ in range(2):
        member = await new_client(any_broker, version=version)
        baskets.append(await inbasket(member, f"$share/workers/{prefix}/#"))
    publisher = await new_client(any_broker, version=version)
    await publisher.publish_many(numbered(f"{prefix}/a", 100, 1))
    await until(lambda: sum(len(basket.packets) for basket in baskets) >= 100)
    assert all(len(basket.packets) > 10 for basket in baskets)
    got = sorted(int(payload) for basket in baskets for payload in basket.payloads)
    assert got == list(range(100))


async def test_properties_travel_in_mqtt_5(any_broker: str, new_client: NewClient, prefix: str) -> None:
    client = await new_client(any_broker)
    basket = await inbasket(client, f"{prefix}/#")
    sent = Publication(f"{prefix}/a", b"{}", 1, False, "application/json", "answers", b"\x01", 60, (("unit", "C"),))
    await client.publish_many([sent])
    [packet] = (await basket.holds(1)).packets
    assert (packet.content_type, packet.response_topic, packet.correlation_data) == (
        "application/json",
        "answers",
        b"\x01",
    )
    assert packet.message_expiry_interval is not None
    assert packet.user_properties == [("unit", "C")]


async def test_no_local_spares_the_publisher_its_own_messages(
    any_broker: str, new_client: NewClient, prefix: str
) -> None:
    client, other = await new_client(any_broker), await new_client(any_broker)
    basket = await inbasket(client, f"{prefix}/#", no_local=True)
    await client.publish(f"{prefix}/a", b"mine", qos=1)
    await other.publish(f"{prefix}/a", b"theirs", qos=1)
    assert (await basket.holds(1)).payloads == [b"theirs"]


async def test_bad_rows_are_refused_and_good_ones_go(any_broker: str, new_client: NewClient, prefix: str) -> None:
    client = await new_client(any_broker)
    basket = await inbasket(client, f"{prefix}/#")
    mixed = [Publication(f"{prefix}/a", b"1", 1), Publication("a/#", b"2", 1), Publication("", b"3")]
    with pytest.raises(PublishRefused) as refused:
        await client.publish_many([*mixed, Publication(f"{prefix}/a", b"4", 3), Publication(f"{prefix}/a", b"5")])
    assert sorted(refused.value.rows) == [1, 2, 3]
    await basket.holds(2)
    assert sorted(basket.payloads) == [b"1", b"5"]


@pytest.mark.parametrize("qos", [0, 1])
async def test_a_message_above_the_brokers_limit_fails_at_once(embedded: Any, new_client: NewClient, qos: int) -> None:
    client = await new_client(embedded.url)
    with pytest.raises(PublishRefused, match="more than the broker takes"):
        await client.publish("a", bytes(2 << 20), qos=qos)
    assert client.connected


async def test_a_message_of_a_mebibyte_arrives(
    any_broker: str, version: str, new_client: NewClient, prefix: str
) -> None:
    client = await new_client(any_broker, version=version)
    basket = await inbasket(client, f"{prefix}/#")
    payload = os.urandom(1 << 20)
    await client.publish(f"{prefix}/a", payload, qos=1)
    assert (await basket.holds(1)).payloads == [payload]


async def test_above_the_held_bound_the_socket_is_not_read(
    any_broker: str, version: str, new_client: NewClient, prefix: str
) -> None:
    consumer = await new_client(any_broker, version=version, held_messages=200)
    basket = await inbasket(consumer, f"{prefix}/#", qos=0, settles=False)
    publisher = await new_client(any_broker, version=version)
    for _ in range(50):
        await publisher.publish_many([Publication(f"{prefix}/a", bytes(1000))] * 20)
        await asyncio.sleep(0.002)
    await until(lambda: len(basket.packets) >= 200)
    await lasts(0.1, "what the broker still sends")
    link = consumer._session.link
    assert link is not None
    assert link.is_held
    held = len(basket.packets)
    assert held < 1000
    taken = 0
    while len(basket.packets) < 1000:
        basket.subscription.ack(basket.packets[taken:])
        taken = len(basket.packets)
        await asyncio.sleep(0.01)
    basket.subscription.ack(basket.packets[taken:])
    assert consumer.counters["held"] == 0
    assert not link.is_held


async def test_publishers_wait_for_room_or_are_told(any_broker: str, new_client: NewClient, prefix: str) -> None:
    client = await new_client("mqtt://127.0.0.1:1", wait=False, queue_messages=10, client_id=prefix)
    waiting = asyncio.create_task(client.publish_many(numbered(f"{prefix}/a", 25, 1)))
    await until(lambda: client.counters["unanswered"] == 10)
    other = asyncio.create_task(client.publish_many(numbered(f"{prefix}/b", 1, 1), block=True))
    await lasts(0.01, "a publisher that waits")
    other.cancel()
    waiting.cancel()
    await asyncio.gather(waiting, other, return_exceptions=True)
    assert client.counters["unanswered"] == 0
    with pytest.raises(QueueFull):
        await client.publish_many(numbered(f"{prefix}/a", 11, 1), block=False)
    assert client.counters["unanswered"] == 0
    with pytest.raises(Disconnected):
        await client.publish(f"{prefix}/a", b"1")
    assert isinstance(client.last_error, OSError)


async def test_what_was_published_while_away_goes_out_on_connect(
    mosquitto: Mosquitto, version: str, new_client: NewClient, prefix: str
) -> None:
    watcher = await new_client(mosquitto.url, version=version, client_id=prefix)
    basket = await inbasket(watcher, f"{prefix}/#")
    late = MqttClient(MqttSettings(url=mosquitto.url, version=version, queue_messages=10))  # type: ignore[arg-type]
    waiting = asyncio.create_task(late.publish_many(numbered(f"{prefix}/a", 25, 2)))
    await until(lambda: late.counters["unanswered"] == 10)
    await late.start()
    async with asyncio.timeout(60):
        await waiting
    await basket.holds(25)
    assert basket.payloads == [b"%d" % number for number in range(25)]
    await late.close()


@pytest.mark.parametrize("secret", ["wrong", None])
async def test_wrong_credentials_are_reported_and_not_hammered(
    guarded_mosquitto: Mosquitto, version: str, new_client: NewClient, secret: str | None
) -> None:
    url = f"mqtt://127.0.0.1:{guarded_mosquitto.password_port}"
    client = await new_client(url, wait=False, version=version, username=guarded_mosquitto.user, password=secret)
    await until(lambda: isinstance(client.last_error, ConnectRefused))
    assert not client.connected
    assert "wrong" not in str(client.last_error)
    assert "wrong" not in repr(client.settings)


async def test_a_refused_subscription_is_reported_and_others_live(
    embedded: Any, guarded_mosquitto: Mosquitto, new_client: NewClient
) -> None:
    broker = guarded_mosquitto
    url = f"mqtt://{broker.user}:{broker.password}@127.0.0.1:{broker.password_port}"
    client = await new_client(url)
    good = await inbasket(client, "farm/#")
    refusals: list[SubscribeRefused] = []
    router = client._session.delivery.router
    bad = Inbasket(client, "forbidden/#", on_refused=refusals.append)
    interest = router.interests["forbidden/#"]
    # mosquitto 2.0 grants what its access list forbids and stays silent, so the refusal is the parser's own
    await bad.subscription.ready()
    packet_id = 60_000
    client._session.asking._open[packet_id] = interest, 0.0
    [suback], _ = client._session.codec.split(b"\x90\x04\xea\x60\x00\x87")
    client._session.receive([suback])
    assert [refusal.code for refusal in refusals] == [0x87]
    with pytest.raises(SubscribeRefused, match="not authorized"):
        await bad.subscription.ready()
    await client.publish("farm/a", b"1", qos=1)
    assert (await good.holds(1)).payloads == [b"1"]


async def test_tls_with_a_client_certificate(
    mosquitto: Mosquitto, version: str, new_client: NewClient, prefix: str
) -> None:
    files = mosquitto.certificates
    tls = Tls(ca=str(files.ca), cert=str(files.client_cert), key=str(files.client_key))
    client = await new_client(f"mqtts://localhost:{mosquitto.tls_port}", version=version, tls=tls)
    basket = await inbasket(client, f"{prefix}/#")
    await client.publish_many(numbered(f"{prefix}/a", 500, 1))
    assert len((await basket.holds(500)).packets) == 500


@pytest.mark.parametrize("fault", ["no client certificate", "a stranger's certificate", "a server nobody trusts"])
async def test_tls_refuses(mosquitto: Mosquitto, new_client: NewClient, fault: str) -> None:
    files = mosquitto.certificates
    tls = {
        "no client certificate": Tls(ca=str(files.ca)),
        "a stranger's certificate": Tls(ca=str(files.ca), cert=str(files.stranger_cert), key=str(files.stranger_key)),
        "a server nobody trusts": Tls(ca=str(files.stranger_ca)),
    }[fault]
    client = await new_client(f"mqtts://localhost:{mosquitto.tls_port}", wait=False, tls=tls)
    await until(lambda: client.last_error is not None)
    assert not client.connected


@pytest.mark.parametrize("qos", [0, 1, 2])
async def test_websocket_carries_the_same(
    mosquitto: Mosquitto, version: str, new_client: NewClient, qos: int, prefix: str
) -> None:
    client = await new_client(f"ws://127.0.0.1:{mosquitto.websocket_port}", version=version)
    basket = await inbasket(client, f"{prefix}/#", qos=qos)
    await client.publish_many(numbered(f"{prefix}/a", 500, qos))
    await basket.holds(500)
    assert basket.payloads == [b"%d" % number for number in range(500)]
    assert client.counters["unanswered"] == 0


async def test_a_session_taken_over_is_reported(embedded: Any, new_client: NewClient, prefix: str) -> None:
    lost: list[Exception] = []
    first = await new_client(embedded.url, client_id=prefix, events={"on_disconnect": lost.append})
    second = await new_client(embedded.url, client_id=prefix)
    await until(lambda: bool(lost))
    assert isinstance(lost[0], SessionTaken)
    assert not first.connected
    await quiet_for(0.3, "they do not push each other out in turn")
    assert second.connected  # they do not push each other out in turn


async def test_a_failing_subscriber_is_reported_and_costs_others_nothing(
    any_broker: str, new_client: NewClient, prefix: str
) -> None:
    reports: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reports.append(context))
    client = await new_client(any_broker)

    def fails(batch: Any) -> None:
        raise RuntimeError("a bug")

    broken = client.subscribe(f"{prefix}/#", fails)
    good = await inbasket(client, f"{prefix}/+")
    await broken.ready()
    await client.publish(f"{prefix}/a", b"1", qos=1)
    await good.holds(1)
    assert str(reports[0]["exception"]) == "a bug"
    assert client.connected


async def test_close_flushes_fails_waiters_and_is_final(any_broker: str, new_client: NewClient, prefix: str) -> None:
    client = await new_client(any_broker)
    sending = asyncio.create_task(client.publish_many(numbered(f"{prefix}/a", 2000, 1)))
    await asyncio.sleep(0)
    await client.close()
    await sending
    with pytest.raises(Closed):
        await client.publish(f"{prefix}/a", b"1", qos=1)
    with pytest.raises(Closed):
        client.subscribe("a", lambda batch: None)
    await client.close()


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"url": "http://x"}, "begins with mqtt://"),
        ({"url": "mqtt://"}, "no host"),
        ({"url": "mqtt://x:99999"}, "a port is"),
        ({"url": "mqtt://x", "version": "4"}, "version"),
        ({"url": "mqtt://x", "keepalive_s": 0}, "keepalive_s"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        MqttSettings(**settings)


def test_credentials_come_from_the_url_when_not_given() -> None:
    assert MqttSettings(url="mqtt://me:p%40ss@x").credentials == ("me", b"p@ss")
    assert MqttSettings(url="mqtt://me:p@x", username="you", password="q").credentials == ("you", b"q")
    assert MqttSettings(url="wss://x/path").web_address == "wss://x:443/path"
