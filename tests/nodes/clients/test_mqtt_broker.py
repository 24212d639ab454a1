"""The embedded broker keeps its promises to our client, to mosquitto's own tools and to rude strangers."""

import asyncio
from typing import Any

import pytest

from nodes.clients.mqtt import ConnectRefused, Publication, Will
from nodes.servers.mqtt_broker import BrokerSettings, EmbeddedBroker
from tests.nodes.clients.conftest import NewClient
from tests.nodes.clients.mqtt_inbasket import inbasket
from tests.servers.process import program
from tests.waiting import lasts, quiet_for, until


def address(broker: EmbeddedBroker) -> tuple[str, int]:
    host, _, port = broker.url.removeprefix("mqtt://").rpartition(":")
    return host, int(port)


async def tool(broker: EmbeddedBroker, name: str, *arguments: str) -> asyncio.subprocess.Process:
    host, port = address(broker)
    command = [program(name, "mosquitto-clients"), "-h", host, "-p", str(port), *arguments]
    return await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)


@pytest.mark.integration
@pytest.mark.parametrize("wire_version", ["mqttv311", "mqttv5"])
@pytest.mark.parametrize("qos", ["0", "1", "2"])
async def test_mosquittos_tools_publish_and_subscribe(embedded: EmbeddedBroker, wire_version: str, qos: str) -> None:
    common = ("-V", wire_version, "-q", qos, "-t")
    subscriber = await tool(embedded, "mosquitto_sub", *common, "a/+", "-C", "2", "-W", "10")
    await until(lambda: embedded.counters["clients"] == 1)
    await lasts(0.2, "the subscription of another program")
    for text in ("one", "two"):
        publisher = await tool(embedded, "mosquitto_pub", *common, "a/b", "-m", text)
        assert await publisher.wait() == 0
    out, _ = await subscriber.communicate()
    assert out == b"one\ntwo\n"


async def test_an_offline_session_is_bounded_and_its_drops_are_counted(new_client: NewClient, version: str) -> None:
    broker = EmbeddedBroker(BrokerSettings(queue_messages=10))
    await broker.start()
    consumer = await new_client(broker.url, version=version, client_id="consumer")
    await inbasket(consumer, "a/#")
    await consumer.close()
    publisher = await new_client(broker.url, version=version)
    await publisher.publish_many([Publication("a/b", b"%d" % number, 1) for number in range(15)])
    assert (broker.counters["waiting"], broker.counters["dropped"]) == (10, 5)
    again = await new_client(broker.url, version=version, client_id="consumer")
    basket = await (await inbasket(again, "a/#")).holds(10)
    assert basket.payloads == [b"%d" % number for number in range(10)]
    await until(lambda: broker.counters["waiting"] == 0)
    await broker.close()


async def test_a_session_ends_when_its_time_is_over(embedded: EmbeddedBroker, new_client: NewClient) -> None:
    client = await new_client(embedded.url, client_id="short", session_expiry_s=1)
    await inbasket(client, "a/#")
    await client.close()
    assert embedded.counters["sessions"] == 1
    await until(lambda: embedded.counters["sessions"] == 0)


async def test_a_delayed_will_is_not_sent_when_the_client_comes_back(
    embedded: EmbeddedBroker, new_client: NewClient
) -> None:
    watcher = await new_client(embedded.url)
    basket = await inbasket(watcher, "status")
    client = await new_client(embedded.url, client_id="flaky", will=Will("status", b"lost", 1, False, 1))
    link = client._session.link
    assert link is not None
    link.abort(OSError("cut by the test"))
    await until(lambda: client.reconnects == 1)
    await quiet_for(1.5, "who is back within the delay leaves no will")
    await watcher.publish("status", b"still here", qos=1)
    assert (await basket.holds(1)).payloads == [b"still here"]


@pytest.mark.parametrize("password", ["right", "wrong", None])
async def test_a_password_is_asked_for(new_client: NewClient, version: str, password: str | None) -> None:
    broker = EmbeddedBroker(BrokerSettings(username="me", password="right"))
    await broker.start()
    client = await new_client(broker.url, wait=False, version=version, username="me", password=password)
    if password == "right":
        await client.wait_connected(60)
    else:
        await until(lambda: isinstance(client.last_error, ConnectRefused))
    await client.close()
    await broker.close()


def test_other_machines_are_kept_out_unless_there_is_a_password() -> None:
    with pytest.raises(ValueError, match="can be reached by others"):
        BrokerSettings(host="0.0.0.0")
    BrokerSettings(host="0.0.0.0", username="me", password="secret")
    BrokerSettings(host="::1")


@pytest.mark.parametrize(
    "rude",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x30\x05\x00\x01axx",
        b"\x10\x0d\x00\x04MQTT\x09\x02\x00\x00\x00\x01a",
        b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01a\x30\xff\xff\xff\x7f",
        b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01a" * 2,
        b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01a\x90\x03\x00\x01\x00",
    ],
)
async def test_rude_strangers_are_sent_away_and_others_stay(
    embedded: EmbeddedBroker, new_client: NewClient, rude: bytes
) -> None:
    client = await new_client(embedded.url)
    reader, writer = await asyncio.open_connection(*address(embedded))
    writer.write(rude)
    async with asyncio.timeout(60):
        await reader.read()
    writer.close()
    await writer.wait_closed()
    assert client.connected
    await client.publish("a", b"1", qos=1)


async def test_a_stranger_who_says_nothing_is_sent_away() -> None:
    broker = EmbeddedBroker(BrokerSettings(connect_timeout_s=0.1))
    await broker.start()
    reader, writer = await asyncio.open_connection(*address(broker))
    async with asyncio.timeout(60):
        assert await reader.read() == b""
    writer.close()
    await broker.close()


async def test_a_slow_subscriber_bounds_memory_and_drops_are_counted(new_client: NewClient) -> None:
    broker = EmbeddedBroker(BrokerSettings(write_bytes=64 << 10))
    await broker.start()
    _, writer = await asyncio.open_connection(*address(broker), limit=1024)
    writer.write(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01a\x82\x06\x00\x01\x00\x01#\x00")
    await until(lambda: broker.counters["sessions"] == 1)
    client = await new_client(broker.url)
    async with asyncio.timeout(30):
        while not broker.counters["dropped"]:
            await client.publish_many([Publication("a", bytes(10_000))] * 100)
    basket = await inbasket(client, "b")
    await client.publish("b", b"1", qos=1)
    await basket.holds(1)
    writer.close()
    await broker.close()


async def test_too_many_clients_are_turned_away(new_client: NewClient) -> None:
    broker = EmbeddedBroker(BrokerSettings(max_clients=1))
    await broker.start()
    await new_client(broker.url)
    second = await new_client(broker.url, wait=False)
    await until(lambda: isinstance(second.last_error, ConnectRefused))
    await broker.close()


async def test_closing_tells_the_clients_and_leaves_nothing_behind(new_client: NewClient) -> None:
    broker = EmbeddedBroker()
    await broker.start()
    lost: list[Any] = []
    await new_client(broker.url, events={"on_disconnect": lost.append})
    await broker.close()
    await until(lambda: bool(lost))
    assert "shutting down" in str(lost[0])
    assert asyncio.all_tasks() >= {asyncio.current_task()}
    await broker.close()
