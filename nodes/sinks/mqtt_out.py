"""`mqtt_out`: publish to an MQTT broker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from flowengine import Config, Duration, Example, Message, Messages, Rejected, Sink, Unavailable, connection
from flowengine.counts import count_of
from flowengine.expression import TemplateError, TemplateText, TopicTemplate
from nodes.clients.mqtt import Disconnected, MqttError, Publication, PublishRefused
from nodes.codecs.payload import BadPayload, encoder
from nodes.connections.mqtt import Mqtt


class MqttOutConfig(Config):
    """Settings of `mqtt_out`."""

    also_called: ClassVar = dict.fromkeys(("broker", "server", "host"), "connection")

    connection: str = connection("mqtt")
    """The broker."""

    topic: TopicTemplate
    """Where to publish; `{name}` is filled from the message. A value that would change the levels is refused."""

    qos: Literal[0, 1, 2] = 1
    """1 and 2: delivered once the broker has acknowledged."""

    retain: bool = False
    """The broker keeps the last message for later subscribers."""

    format: Literal["auto", "json", "msgpack", "cbor", "text", "bytes"] = "auto"
    """How payloads are written; `auto` leaves text and bytes as they are and writes the rest as JSON."""

    expiry: Duration | None = None
    """The broker forgets a message that it could not deliver for so long (MQTT 5)."""

    response_topic: TopicTemplate | None = None
    """Where the receiver is asked to reply (MQTT 5)."""

    correlation: TemplateText | None = None
    """What the receiver is asked to send back beside its reply, such as `{correlation_id}` (MQTT 5)."""

    when_away: Literal["wait", "reject"] = "wait"
    """While the broker is away: keep messages, or reject them (a late command may be worse than none)."""


class MqttOut(Sink):
    """Publish each message; a batch goes out with one write."""

    config: MqttOutConfig
    examples = (
        Example("Alarms by device", "{connection: broker, topic: 'plant/alarms/{device}'}"),
        Example("A retained set point", "{connection: broker, topic: plant/setpoint, retain: true}"),
        Example(
            "Commands of `request`",
            "{connection: broker, topic: 'cmd/{device}', response_topic: ack, correlation: '{correlation_id}', "
            "when_away: reject}",
        ),
    )

    @classmethod
    def confirms(cls, config: Config) -> bool:
        return isinstance(config, MqttOutConfig) and config.qos > 0

    def start(self) -> None:
        self._encode = encoder(self.config.format)

    def sends(self, message: Message) -> Mapping[str, Any]:
        going = self._publication(message)
        return {"topic": going.topic, "body": going.payload, "qos": going.qos, "retain": going.retain}

    async def open(self) -> None:
        self._client = self.context.connection(self.config.connection, Mqtt).client

    async def write(self, messages: Messages) -> None:
        rows: dict[int, str] = {}
        places: list[int] = []
        publications: list[Publication] = []
        for index, message in enumerate(messages):
            try:
                publications.append(self._publication(message))
                places.append(index)
            except (BadPayload, TemplateError) as fault:
                rows[index] = str(fault)
        await self._publish(publications, places, rows)
        if rows:
            raise Rejected(f"{count_of(len(rows), 'message')} cannot be published", rows)

    def _publication(self, message: Message) -> Publication:
        config = self.config
        expiry_s = int(config.expiry) if config.expiry else None
        topic, payload = config.topic.fill(message), self._encode(message.payload)
        return Publication(
            topic,
            payload,
            config.qos,
            config.retain,
            response_topic=config.response_topic.fill(message) if config.response_topic else None,
            correlation_data=config.correlation.fill(message).encode() if config.correlation else None,
            expiry_s=expiry_s,
        )

    async def _publish(self, publications: list[Publication], places: list[int], rows: dict[int, str]) -> None:
        if self.config.when_away == "reject" and not self._client.connected:
            rows.update(dict.fromkeys(places, "the broker is away"))
            return
        try:
            await self._client.publish_many(publications)
        except PublishRefused as refused:
            rows.update({places[index]: reason for index, reason in refused.rows.items()})
        except Disconnected as away:
            raise Unavailable(str(away), retry_after_s=0.1) from away
        except MqttError as fault:
            raise Unavailable(str(fault)) from fault
