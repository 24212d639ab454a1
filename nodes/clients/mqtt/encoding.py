"""From one publication to its bytes, within what the broker said it takes. Pure. Never here: queues, writing."""

from collections.abc import Sequence

from mqtt5 import ConnAckPacket, PublishPacket

from flowengine.counts import count_of
from nodes.clients.mqtt.codec311 import QOS
from nodes.clients.mqtt.filters import check_topic
from nodes.clients.mqtt.framing import Codec
from nodes.clients.mqtt.settings import Publication

MQTT_LIMIT_BYTES = 268_435_460
TOPICS_REMEMBERED = 10_000


class Encoder:
    """Knows the limits of the latest connection."""

    def __init__(self, codec: Codec):
        self._write = codec.write
        self._good_topics: set[str] = set()
        self.max_packet_bytes = MQTT_LIMIT_BYTES
        self._max_qos = 2
        self._retain_available = True

    def learn(self, connack: ConnAckPacket) -> None:
        """Take the broker's limits over."""
        self.max_packet_bytes = connack.max_packet_size or MQTT_LIMIT_BYTES
        self._max_qos = int(connack.max_qos)
        self._retain_available = connack.retain_available

    def refusals(self, publications: Sequence[Publication]) -> dict[int, str]:
        """Rows that can never be sent, with the reason."""
        good, refused = self._good_topics, {}
        for row, publication in enumerate(publications):
            if publication.topic not in good or publication.qos or publication.retain:
                fault = self._fault(publication)
                if fault:
                    refused[row] = fault
        return refused

    def _fault(self, publication: Publication) -> str:
        if publication.topic not in self._good_topics:
            try:
                check_topic(publication.topic)
            except ValueError as fault:
                return str(fault)
            if len(self._good_topics) >= TOPICS_REMEMBERED:
                self._good_topics.clear()
            self._good_topics.add(publication.topic)
        if publication.qos not in (0, 1, 2):
            return f"QoS {publication.qos} does not exist"
        if publication.qos > self._max_qos:
            return f"the broker takes QoS {self._max_qos} at most"
        if publication.retain and not self._retain_available:
            return "the broker keeps no retained messages"
        return ""

    def encode(self, publication: Publication, packet_id: int | None) -> bytes:
        """The PUBLISH. Raises `ValueError` for what MQTT cannot carry or the broker finds too large."""
        packet = PublishPacket(
            publication.topic,
            publication.payload,
            qos=QOS[publication.qos],
            retain=publication.retain,
            packet_id=packet_id,
            message_expiry_interval=publication.expiry_s,
            content_type=publication.content_type,
            response_topic=publication.response_topic,
            correlation_data=publication.correlation_data,
            user_properties=list(publication.user_properties) if publication.user_properties else None,
        )
        wire = self._write(packet)
        if len(wire) > self.max_packet_bytes:
            raise ValueError(
                f"{count_of(len(wire), 'byte is', 'bytes are')} more than the broker takes ({self.max_packet_bytes})"
            )
        return wire
