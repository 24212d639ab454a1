"""The embedded broker lets in who has a password, to his own topics; text that is no UTF-8 never reaches its parser."""

from collections.abc import AsyncIterator

import pytest
from mqtt5 import ConnectPacket, DisconnectPacket, PublishPacket, SubscribePacket, TopicFilter, Will
from mqtt5 import DisconnectReasonCode as Why

from nodes.clients.mqtt import ConnectRefused, Publication, PublishRefused, SubscribeRefused, codec5, codec311
from nodes.clients.mqtt import Will as LastWill
from nodes.clients.mqtt.errors import Malformed
from nodes.clients.mqtt.filters import covers
from nodes.clients.mqtt.framing import Codec
from nodes.servers.mqtt_broker import BrokerSettings, BrokerUser, EmbeddedBroker
from tests.nodes.clients.conftest import NewClient
from tests.nodes.clients.mqtt_inbasket import inbasket
from tests.waiting import until


@pytest.fixture
async def guarded() -> AsyncIterator[EmbeddedBroker]:
    pump = BrokerUser(name="pump", password="of the pump", publish=("pump/+/n",), subscribe=("pump/#",))
    mute = BrokerUser(name="mute", password="of the mute")
    broker = EmbeddedBroker(BrokerSettings(username="me", password="of mine", users=(pump, mute)))
    await broker.start()
    yield broker
    await broker.close()


@pytest.mark.parametrize(
    ("name", "password", "enters"),
    [
        ("me", "of mine", True), ("pump", "of the pump", True), ("pump", "of mine", False), ("me", None, False),
        (None, None, False), ("nobody", "", False),
    ],
)  # fmt: skip
async def test_each_user_enters_with_his_own_password(
    guarded: EmbeddedBroker, new_client: NewClient, version: str, name: str | None, password: str | None, enters: bool
) -> None:
    client = await new_client(guarded.url, wait=False, version=version, username=name, password=password)
    if enters:
        await client.wait_connected(60)
    else:
        await until(lambda: isinstance(client.last_error, ConnectRefused))


async def test_what_somebody_may_not_publish_reaches_nobody(
    guarded: EmbeddedBroker, new_client: NewClient, version: str
) -> None:
    owner = await new_client(guarded.url, username="me", password="of mine")
    basket = await inbasket(owner, "#")
    pump = await new_client(guarded.url, version=version, username="pump", password="of the pump")
    for qos in (0, 1, 2):
        for topic in ("valve/1/n", "pump/1", "pump/1/n/x"):
            if version == "5" and qos:
                with pytest.raises(PublishRefused):
                    await pump.publish(topic, b"no", qos=qos)
            else:
                await pump.publish(topic, b"no", qos=qos)
    await pump.publish_many([Publication("pump/1/n", b"yes", 1)])
    assert (await basket.holds(1)).payloads == [b"yes"]
    assert guarded.counters["refused"] == 9


@pytest.mark.parametrize("filter_", ["#", "+/1/n", "valve/#", "$share/g/valve/#"])
async def test_what_somebody_may_not_read_cannot_be_subscribed_to(
    guarded: EmbeddedBroker, new_client: NewClient, version: str, filter_: str
) -> None:
    pump = await new_client(guarded.url, version=version, username="pump", password="of the pump")
    with pytest.raises(SubscribeRefused):
        await inbasket(pump, filter_)
    await inbasket(pump, "$share/g/pump/+/n")


async def test_a_will_elsewhere_and_a_session_of_another_user_are_refused(
    guarded: EmbeddedBroker, new_client: NewClient, version: str
) -> None:
    owner = await new_client(guarded.url, username="me", password="of mine", client_id="owner", session_expiry_s=60)
    await inbasket(owner, "#")
    await owner.close()
    for more in ({"will": LastWill("valve/1/n", b"x", 0, False)}, {"client_id": "owner"}):
        pump = await new_client(
            guarded.url, wait=False, version=version, username="pump", password="of the pump", **more
        )
        await until(lambda pump=pump: isinstance(pump.last_error, ConnectRefused))  # type: ignore[misc]
        await pump.close()
    assert guarded.counters["sessions"] == 1


@pytest.mark.parametrize(
    ("filter_", "other", "whole"),
    [
        ("#", "a/+/#", True), ("a/#", "a", True), ("a/+", "a/#", False), ("a/+", "a/+", True), ("a/b", "a/+", False),
        ("#", "$SYS/x", False), ("+/b", "$a/b", False), ("a/#", "b/#", False), ("a/+/c", "a/b/c", True),
        ("a/b", "a/b/c", False), ("a/b/c", "a/b", False),
    ],
)  # fmt: skip
def test_a_filter_covers_another_where_it_has_all_its_topics(filter_: str, other: str, whole: bool) -> None:
    assert covers(filter_, other) is whole


MARK = "MARKED"
PROPERTIES = [("name", MARK)]
WITH_TEXT = {
    "client id": ConnectPacket(MARK),
    "user": ConnectPacket("a", username=MARK, password=b"\xff\xfe"),
    "will": ConnectPacket("a", will=Will(MARK, payload=b"\xff")),
    "will's property": ConnectPacket("a", will=Will("a", payload=b"\xff", user_properties=PROPERTIES)),
    "connect's property": ConnectPacket("a", user_properties=PROPERTIES),
    "topic": PublishPacket(MARK, b"\xff"),
    "property": PublishPacket(
        "a", b"\xff", message_expiry_interval=9, correlation_data=b"\xff", user_properties=PROPERTIES
    ),
    "content type": PublishPacket("a", b"\xff", content_type=MARK),
    "filter": SubscribePacket(1, [TopicFilter("b"), TopicFilter(MARK)], subscription_id=200),
    "reason": DisconnectPacket(reason_code=Why.UNSPECIFIED_ERROR, reason_str=MARK),
}


@pytest.mark.parametrize("what", WITH_TEXT)
def test_text_that_is_no_utf8_never_reaches_the_parser(what: str, capfd: pytest.CaptureFixture[str]) -> None:
    wire = WITH_TEXT[what].write()
    assert wire.count(MARK.encode()) == 1
    before = PublishPacket("a", "é".encode()).write()
    assert len(codec5.split(before + wire)[0]) == 2
    with pytest.raises(Malformed, match="UTF-8"):
        codec5.split(before + wire.replace(MARK.encode(), b"MARK\xffD"))
    assert "panicked" not in capfd.readouterr().err


@pytest.mark.parametrize("codec", [codec5, codec311])
def test_a_payload_that_is_no_text_is_let_through(codec: Codec) -> None:
    wire = codec.write(PublishPacket("é", bytes(range(256)) * 3))
    [packet], used = codec.split(wire + wire[:40])
    assert isinstance(packet, PublishPacket) and packet.payload == bytes(range(256)) * 3 and used == len(wire)
