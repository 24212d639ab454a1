"""The MQTT session: what each packet from the broker means, over all connections of one client.

Never here: opening connections, waiting, retrying.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from mqtt5 import (
    ConnAckPacket,
    ConnectPacket,
    DisconnectPacket,
    Packet,
    PingRespPacket,
    PubAckPacket,
    PubCompPacket,
    PublishPacket,
    PubRecPacket,
    PubRelPacket,
    RetainHandling,
    SubAckPacket,
    SubscribePacket,
    TopicFilter,
    UnsubAckPacket,
    UnsubscribePacket,
)
from mqtt5 import Will as WillFields

from nodes.clients.mqtt.codec311 import QOS
from nodes.clients.mqtt.delivery import Delivery
from nodes.clients.mqtt.errors import ConnectRefused, Disconnected, Malformed, SessionTaken, SubscribeRefused
from nodes.clients.mqtt.framing import codec_of
from nodes.clients.mqtt.link import Link
from nodes.clients.mqtt.outbox import PacketIds
from nodes.clients.mqtt.publishing import MQTT_LIMIT_BYTES, Publishing
from nodes.clients.mqtt.settings import MqttSettings, Will
from nodes.clients.mqtt.subscriptions import Interest

SESSION_TAKEN_OVER = 142


class Session:
    """Ties delivery, publishing and subscribing to whatever link is up."""

    def __init__(self, settings: MqttSettings):
        self.settings = settings
        self.codec = codec_of(settings.version)
        self.delivery = Delivery(settings)
        self.ids = PacketIds()
        self.publishing = Publishing(settings, self.codec, self.ids)
        self.link: Link | None = None
        self.keepalive_s = float(settings.keepalive_s)
        self.session_present = False
        self.accepted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._opening: Link | None = None
        self._was_connected = False
        self._ids_available = True
        self._asked: dict[int, tuple[Interest | None, float]] = {}  # SUBSCRIBE and UNSUBSCRIBE without an answer
        self._handlers: dict[type, Callable[[Any], None]] = {
            ConnAckPacket: self._connack,
            PubAckPacket: self._puback,
            PubRecPacket: self._pubrec,
            PubCompPacket: lambda packet: self.publishing.outbox.acknowledged(packet.packet_id),
            PubRelPacket: lambda packet: self._send(self.delivery.inbox.release(packet.packet_id)),
            SubAckPacket: self._suback,
            UnsubAckPacket: self._unsuback,
            PingRespPacket: lambda _: None,
            DisconnectPacket: self._disconnect,
        }

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
        self._ids_available = packet.subscription_id_available and self.settings.version == "5"
        self.publishing.max_packet_bytes = packet.max_packet_size or MQTT_LIMIT_BYTES
        self.publishing.max_qos = int(packet.max_qos)
        self.publishing.retain_available = packet.retain_available
        self._release_asked()
        self.delivery.connected(link, packet.session_present)
        self.publishing.connected(link, packet.session_present, packet.receive_max)
        self._subscribe_again(packet.session_present)
        self.accepted.set_result(None)

    def _subscribe_again(self, session_present: bool) -> None:
        for interest in self.delivery.router:
            interest.granted = interest.granted and session_present
        self.subscribe([interest for interest in self.delivery.router if not interest.granted])

    def lost(self) -> None:
        """The link is gone."""
        self.link = self._opening = None
        self.delivery.disconnected()
        self.publishing.disconnected()
        self._release_asked()

    def _release_asked(self) -> None:
        for packet_id in self._asked:
            self.ids.give_back(packet_id)
        self._asked.clear()

    def subscribe(self, interests: list[Interest]) -> None:
        """Ask for these if connected; otherwise the next connect does. One packet each: an identifier is per packet."""
        if self.link is None:
            return
        out, now_s = [], asyncio.get_running_loop().time()
        for interest in interests:
            options = interest.options
            topic_filter = TopicFilter(
                interest.filter,
                max_qos=QOS[options.qos],
                no_local=options.no_local,
                retain_as_published=options.retain_as_published,
                retain_handling=RetainHandling(options.retain_handling),
            )
            packet_id = self.ids.take()
            number = interest.id if self._ids_available else None
            self._asked[packet_id] = interest, now_s
            out.append(self.codec.write(SubscribePacket(packet_id, [topic_filter], subscription_id=number)))
        if out:
            self._send(b"".join(out))

    def unsubscribe(self, interest: Interest) -> None:
        """Nobody here wants this filter any more."""
        if self.link is not None:
            packet_id = self.ids.take()
            self._asked[packet_id] = None, asyncio.get_running_loop().time()
            self._send(self.codec.write(UnsubscribePacket(packet_id, [interest.filter])))

    def check_answers(self, now_s: float) -> None:
        """Raises `Disconnected` when a SUBSCRIBE or UNSUBSCRIBE waits for too long."""
        oldest_s = min((since_s for _, since_s in self._asked.values()), default=now_s)
        if now_s - oldest_s > self.settings.ack_timeout_s:
            raise Disconnected(f"no answer to SUBSCRIBE within {self.settings.ack_timeout_s:g} s")

    def _suback(self, packet: SubAckPacket) -> None:
        interest, _ = self._asked.pop(packet.packet_id, (None, 0.0))
        self.ids.give_back(packet.packet_id)
        if interest is None:
            return
        code = int(packet.reason_codes[0])
        if code < 0x80:
            interest.granted = True
            interest.settle_answer(code)
            return
        reason = packet.reason_str or _words(packet.reason_codes[0].name)
        fault = SubscribeRefused(interest.filter, reason, code)
        interest.settle_answer(fault)
        for subscription in interest.subscribers:
            if subscription.on_refused is not None:
                subscription.on_refused(fault)

    def _unsuback(self, packet: UnsubAckPacket) -> None:
        if self._asked.pop(packet.packet_id, None) is not None:
            self.ids.give_back(packet.packet_id)

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
        raise Disconnected(f"the broker ended the connection: {_reason(packet)}")

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
