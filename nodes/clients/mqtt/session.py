"""The MQTT session: what each packet from the broker means, over all connections of one client.

Never here: opening connections, waiting, retrying.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from mqtt5 import (
    ConnAckPacket,
    ConnectPacket,
    DisconnectPacket,
    Packet,
    PingReqPacket,
    PingRespPacket,
    PubAckPacket,
    PubCompPacket,
    PublishPacket,
    PubRecPacket,
    PubRelPacket,
    SubAckPacket,
    UnsubAckPacket,
)
from mqtt5 import Will as WillFields

from flowengine.diagnosis import Tape
from nodes.clients.mqtt.asking import Asking
from nodes.clients.mqtt.codec311 import QOS
from nodes.clients.mqtt.delivery import Delivery
from nodes.clients.mqtt.errors import ClosedByBroker, ConnectRefused, Malformed, SessionTaken
from nodes.clients.mqtt.framing import Codec, codec_of
from nodes.clients.mqtt.link import Link
from nodes.clients.mqtt.outbox import PacketIds
from nodes.clients.mqtt.publishing import Publishing
from nodes.clients.mqtt.settings import MqttSettings, Will
from nodes.clients.mqtt.subscribing import Subscribing

SESSION_TAKEN_OVER = 142


class Session:
    """Ties delivery, publishing and subscribing to whatever link is up."""

    def __init__(self, settings: MqttSettings):
        self.settings = settings
        self.codec = codec_of(settings.version)
        self.delivery = Delivery(settings)
        ids = PacketIds()
        self.publishing = Publishing(settings, self.codec, ids)
        self.asking = Asking(self.codec, ids, self._send, settings.ack_timeout_s)
        self.subscribing = Subscribing(settings, self.delivery, self.asking)
        self.link: Link | None = None
        self.tape = Tape(time.time_ns, "pieces")
        self.round_trip_s: float | None = None
        self._pinged_s = 0.0
        self.keepalive_s = float(settings.keepalive_s)
        self.session_present = False
        self.accepted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._opening: Link | None = None
        self._was_connected = False
        self._handlers: dict[type, Callable[[Any], None]] = {
            ConnAckPacket: self._connack,
            PubAckPacket: self._puback,
            PubRecPacket: self._pubrec,
            PubCompPacket: lambda packet: self.publishing.outbox.acknowledged(packet.packet_id),
            PubRelPacket: lambda packet: self._send(self.delivery.inbox.release(packet.packet_id)),
            SubAckPacket: self.asking.suback,
            UnsubAckPacket: self.asking.unsuback,
            PingRespPacket: self._pong,
            DisconnectPacket: self._disconnect,
        }

    def change(self, settings: MqttSettings) -> None:
        """Settings for the next connection; the present one goes on with its own until it ends."""
        self.settings = self.delivery.settings = self.publishing.settings = self.subscribing.settings = settings

    def speak(self) -> Codec:
        """The codec of the next connection, of whichever version the settings now ask for."""
        if self.codec is not codec_of(self.settings.version):
            self.codec = self.asking.codec = codec_of(self.settings.version)
            self.publishing.speak(self.codec)
        return self.codec

    def hello(self, link: Link) -> None:
        """Send CONNECT on a new link."""
        settings = self.settings
        username, password = settings.credentials
        # Later connects of one run want their session back, whatever the first one asked for.
        clean = settings.clean_start and not (settings.version == "5" and self._was_connected)
        will = settings.will
        connect = ConnectPacket(
            settings.client_id,
            username=username,
            password=password,
            clean_start=clean,
            keep_alive=settings.keepalive_s,
            session_expiry_interval=settings.session_expiry_s,
            receive_max=settings.receive_maximum,
            max_packet_size=settings.max_packet_bytes,
            will=None if will is None else _will_fields(will),
        )
        self.accepted = asyncio.get_running_loop().create_future()
        self._opening = link
        link.write(self.codec.write(connect))

    def ping(self, link: Link) -> None:
        """Ask the broker whether it is there."""
        self._pinged_s = asyncio.get_running_loop().time()
        link.write(self.codec.write(PingReqPacket()))

    def receive(self, packets: list[Packet]) -> None:
        """Everything of one read. Raises `MqttError` when the connection must end."""
        publishes: list[PublishPacket] = []
        for packet in packets:
            if type(packet) is PublishPacket:
                publishes.append(packet)
            else:
                self._control(packet)
        if self.link is None:
            if publishes:
                raise Malformed("PUBLISH before CONNACK")
            return
        if len(publishes) < len(packets):
            self.publishing.answered()
        if publishes:
            self.delivery.receive(publishes)

    def _control(self, packet: Packet) -> None:
        handler = self._handlers.get(type(packet))
        if handler is None or (self.link is None) != (type(packet) is ConnAckPacket):
            raise Malformed(f"{type(packet).__name__} was not expected here")
        handler(packet)

    def _connack(self, packet: ConnAckPacket) -> None:
        if int(packet.reason_code):
            raise ConnectRefused(f"the broker refused: {_reason(packet)}", int(packet.reason_code))
        link = self.link = self._opening
        assert link is not None
        self._was_connected = True
        self.session_present = packet.session_present
        self.keepalive_s = float(packet.server_keep_alive or self.settings.keepalive_s)
        self.asking.identifiers = packet.subscription_id_available and self.settings.version == "5"
        self.publishing.encoder.learn(packet)
        self.delivery.connected(link, packet.session_present)
        self.subscribing.connected(packet.session_present)  # first: we may be waiting for what we publish
        self.publishing.connected(link, packet.session_present, packet.receive_max)
        self.accepted.set_result(None)

    def lost(self) -> None:
        """The link is gone."""
        self.link = self._opening = None
        self.delivery.disconnected()
        self.publishing.disconnected()
        self.subscribing.disconnected()

    def _pong(self, packet: PingRespPacket) -> None:
        self.round_trip_s = asyncio.get_running_loop().time() - self._pinged_s

    def _puback(self, packet: PubAckPacket) -> None:
        self.publishing.outbox.acknowledged(packet.packet_id, _refusal(packet))

    def _pubrec(self, packet: PubRecPacket) -> None:
        refusal = _refusal(packet)
        if refusal is None:
            self._send(self.publishing.outbox.received(packet.packet_id))
        else:
            self.publishing.outbox.acknowledged(packet.packet_id, refusal)

    def _disconnect(self, packet: DisconnectPacket) -> None:
        code = int(packet.reason_code)
        if code == SESSION_TAKEN_OVER:
            raise SessionTaken("another client with the same client id took the session over", code)
        raise ClosedByBroker(f"the broker ended the connection: {_reason(packet)}")

    def _send(self, data: bytes) -> None:
        if self.link is not None:
            self.link.write(data)


def _will_fields(will: Will) -> WillFields:
    return WillFields(
        will.topic, payload=will.payload, qos=QOS[will.qos], retain=will.retain, will_delay_interval=will.delay_s
    )


def _refusal(packet: PubAckPacket | PubRecPacket) -> str | None:
    return None if int(packet.reason_code) < 0x80 else _reason(packet)


def _reason(packet: ConnAckPacket | DisconnectPacket | PubAckPacket | PubRecPacket) -> str:
    return packet.reason_str or _words(packet.reason_code.name)


def _words(name: str) -> str:
    return name.lower().replace("_", " ")
