"""What each packet of a client means to the embedded broker. Never here: sockets, routing, queues."""

from collections.abc import Callable
from typing import Any, Protocol

from mqtt5 import (
    ConnAckPacket,
    ConnAckReasonCode,
    ConnectPacket,
    DisconnectPacket,
    Packet,
    PingReqPacket,
    PingRespPacket,
    PubAckPacket,
    PubAckReasonCode,
    PubCompPacket,
    PublishPacket,
    PubRecPacket,
    PubRecReasonCode,
    PubRelPacket,
    SubAckPacket,
    SubAckReasonCode,
    SubscribePacket,
    TopicFilter,
    UnsubAckPacket,
    UnsubAckReasonCode,
    UnsubscribePacket,
)

from flowengine.counts import count_of
from nodes.clients.mqtt.encoding import MQTT_LIMIT_BYTES
from nodes.clients.mqtt.errors import Malformed
from nodes.clients.mqtt.filters import check_filter, check_topic
from nodes.servers.mqtt_broker.greeter import Greeter
from nodes.servers.mqtt_broker.registry import Registry
from nodes.servers.mqtt_broker.rights import ANYBODY, BrokerUser, known
from nodes.servers.mqtt_broker.routing import Routing
from nodes.servers.mqtt_broker.session import BrokerSession, Door
from nodes.servers.mqtt_broker.settings import BrokerSettings
from nodes.servers.mqtt_broker.tree import Wish

_PUBACK, _PUBREC, _PUBCOMP = b"\x40\x02", b"\x50\x02", b"\x70\x02"


class Connection(Door, Protocol):
    """What a conversation needs of its connection."""

    def close(self) -> None:
        """Write what was sent, then close."""


class Conversation:
    """One client, from CONNECT to the end of its connection."""

    def __init__(
        self, door: Connection, settings: BrokerSettings, registry: Registry, routing: Routing, greeter: Greeter
    ):
        self._door, self._settings, self._registry, self._routing = door, settings, registry, routing
        self._greeter, self._user, self._everybody = greeter, ANYBODY, settings.everybody
        self.session: BrokerSession | None = None
        self.keepalive_s = 0
        self._handlers: dict[type, Callable[[BrokerSession, Any], None]] = {
            PublishPacket: self._publish,
            PubAckPacket: lambda session, packet: session.finished(packet.packet_id),
            PubRecPacket: self._pubrec,
            PubCompPacket: lambda session, packet: session.finished(packet.packet_id),
            PubRelPacket: self._pubrel,
            SubscribePacket: self._subscribe,
            UnsubscribePacket: self._unsubscribe,
            PingReqPacket: lambda session, packet: self._answer(PingRespPacket()),
            DisconnectPacket: self._disconnect,
        }

    def take(self, packet: Packet) -> None:
        """One packet came. Raises `Malformed` or `ValueError` when the client must go."""
        if self.session is None:
            if not isinstance(packet, ConnectPacket):
                raise Malformed("the first packet must be CONNECT")
            self._connect(packet)
            return
        handler = self._handlers.get(type(packet))
        if handler is None:
            raise Malformed(f"{type(packet).__name__} is not for a broker")
        handler(self.session, packet)

    def _answer(self, packet: Packet) -> None:
        self._door.send(self._door.codec.write(packet))

    def _connect(self, packet: ConnectPacket) -> None:
        if packet.will is not None:
            self._check_topic(packet.will.topic)
        user = known(self._everybody, packet.username, packet.password) if self._everybody else ANYBODY
        refusal = self._refusal(packet, user)
        if user is None or refusal != ConnAckReasonCode.SUCCESS:  # the parser's codes are all true
            self._turn_away(refusal)
            return
        admitted = self._registry.admit(packet, user.name, self._door.address)
        if admitted is None:
            self._turn_away(ConnAckReasonCode.SERVER_BUSY)
            return
        self._user = user
        session, present = admitted
        self.keepalive_s = packet.keep_alive
        self._door.receive_max = packet.receive_max
        self._door.max_packet_bytes = packet.max_packet_size or MQTT_LIMIT_BYTES
        accepted = ConnAckPacket(
            session_present=present,
            assigned_client_id=None if packet.client_id else session.client_id,
            max_packet_size=self._settings.max_packet_bytes,
            session_expiry_interval=session.expiry_s,
        )
        self._answer(accepted)
        self.session = session
        session.attach(self._door)

    def _turn_away(self, reason: ConnAckReasonCode) -> None:
        self._answer(ConnAckPacket(reason_code=reason))
        self._door.close()

    def _refusal(self, packet: ConnectPacket, user: BrokerUser | None) -> ConnAckReasonCode:
        if user is None:
            return ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD
        if packet.will is not None and not user.may_publish(packet.will.topic):
            return ConnAckReasonCode.NOT_AUTHORIZED
        if self._registry.belongs_to_another(packet.client_id, user.name):
            return ConnAckReasonCode.CLIENT_ID_NOT_VALID
        return ConnAckReasonCode.SUCCESS

    def _publish(self, session: BrokerSession, packet: PublishPacket) -> None:
        self._check_topic(packet.topic)
        packet_id, qos = packet.packet_id, int(packet.qos)
        if not self._user.may_publish(packet.topic):
            self._routing.refused += 1
            self._refuse(packet_id, qos)
            return
        if qos != 2 or packet_id not in session.received:
            self._routing.route(packet, session)
        if packet_id is not None:
            if qos == 2:
                session.received.add(packet_id)
            self._door.send((_PUBREC if qos == 2 else _PUBACK) + packet_id.to_bytes(2, "big"))

    def _refuse(self, packet_id: int | None, qos: int) -> None:
        """MQTT 3.1.1 has no word for it: there it looks as if it had been taken (section 3.3.5)."""
        if packet_id is None:
            return
        if qos == 2:
            self._answer(PubRecPacket(packet_id, reason_code=PubRecReasonCode.NOT_AUTHORIZED))
        else:
            self._answer(PubAckPacket(packet_id, reason_code=PubAckReasonCode.NOT_AUTHORIZED))

    def _check_topic(self, topic: str) -> None:
        check_topic(topic)
        if topic.count("/") >= self._settings.max_levels:
            raise Malformed(f"a topic has more than {count_of(self._settings.max_levels, 'level')}")

    def _pubrec(self, session: BrokerSession, packet: PubRecPacket) -> None:
        if int(packet.reason_code) < 0x80:
            session.taken(packet.packet_id)
        else:
            session.finished(packet.packet_id)

    def _pubrel(self, session: BrokerSession, packet: PubRelPacket) -> None:
        session.received.discard(packet.packet_id)
        self._door.send(_PUBCOMP + packet.packet_id.to_bytes(2, "big"))

    def _subscribe(self, session: BrokerSession, packet: SubscribePacket) -> None:
        limits, codes = self._settings, list[SubAckReasonCode]()
        greetings: list[tuple[str, Wish]] = []
        for each in packet.topic_filters:
            try:
                check_filter(each.pattern)
            except ValueError:
                codes.append(SubAckReasonCode.TOPIC_FILTER_INVALID)
                continue
            if not self._user.may_subscribe(each.pattern):
                self._routing.refused += 1
                codes.append(SubAckReasonCode.NOT_AUTHORIZED)
                continue
            is_new = each.pattern not in session.wishes
            if (is_new and len(session.wishes) >= limits.max_filters) or each.pattern.count("/") >= limits.max_levels:
                codes.append(SubAckReasonCode.QUOTA_EXCEEDED)
                continue
            qos = int(each.max_qos)
            wish = Wish(qos, each.no_local, each.retain_as_published, packet.subscription_id)
            self._routing.subscribe(session, each.pattern, wish)
            codes.append(SubAckReasonCode(qos))
            if _wants_retained(each, is_new):
                greetings.append((each.pattern, wish))
        self._answer(SubAckPacket(packet.packet_id, codes))
        for pattern, wish in greetings:
            self._greeter.greet(session, pattern, wish)

    def _unsubscribe(self, session: BrokerSession, packet: UnsubscribePacket) -> None:
        known = [self._routing.unsubscribe(session, pattern) for pattern in packet.patterns]
        good, unknown = UnsubAckReasonCode.SUCCESS, UnsubAckReasonCode.NO_SUBSCRIPTION_EXISTED
        self._answer(UnsubAckPacket(packet.packet_id, [good if each else unknown for each in known]))

    def _disconnect(self, session: BrokerSession, packet: DisconnectPacket) -> None:
        if int(packet.reason_code) == 0:
            session.will = None
        if packet.session_expiry_interval is not None:
            session.expiry_s = min(packet.session_expiry_interval, self._settings.session_expiry_max_s)
        self._door.close()


def _wants_retained(wanted: TopicFilter, is_new: bool) -> bool:
    handling = int(wanted.retain_handling)
    return not wanted.pattern.startswith("$share/") and (handling == 0 or (handling == 1 and is_new))
