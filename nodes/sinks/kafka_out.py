"""`kafka_out`: store messages in topics of a Kafka cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from flowengine import Config, Example, Message, Messages, Sink, connection
from flowengine.expression import TemplateText
from nodes.clients import extras
from nodes.clients.brokers import BrokerAway, deliver
from nodes.codecs.payload import encoder
from nodes.connections.kafka import Kafka

if TYPE_CHECKING:
    from nodes.clients.kafka.client import Record

_TOPIC = re.compile(r"(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}")


class KafkaOutConfig(Config):
    """Settings of `kafka_out`."""

    connection: str = connection("kafka")
    """The cluster."""

    topic: TemplateText
    """Where to write, such as `readings` or `plant.{line}`; letters, digits, `.`, `_` and `-`."""

    key: TemplateText | None = None
    """What keeps messages in order: those of one key go to one partition, such as `{device}`."""

    format: Literal["auto", "json", "msgpack", "cbor", "text", "bytes"] = "auto"
    """How payloads are written; `auto` leaves text and bytes as they are and writes the rest as JSON."""


class KafkaOut(Sink):
    """What all replicas that are in step have is acknowledged (`acks=all`); what is sent again may stand there twice.

    The topics are yours, unless the cluster makes them by itself. Messages wait for a topic that is one and the same;
    where it is filled from messages, those without one leave by the error port.
    """

    config: KafkaOutConfig
    merge = 1000
    examples = (
        Example("Readings, in order by device", "{connection: cluster, topic: readings, key: '{device}'}"),
        Example("A topic for each line", "{connection: cluster, topic: 'plant.{line}', format: json}"),
    )

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.KAFKA.lacks()

    def start(self) -> None:
        self._encode = encoder(self.config.format)

    def sends(self, message: Message) -> Mapping[str, Any]:
        topic, key, body = self._parts(message)
        return {"topic": topic, "body": body, **({"key": key} if key is not None else {})}

    async def open(self) -> None:
        self._client = self.context.connection(self.config.connection, Kafka).client

    async def write(self, messages: Messages) -> None:
        await deliver(messages, self._record, self._send)

    def _parts(self, message: Message) -> tuple[str, str | None, bytes]:
        config = self.config
        topic = config.topic.fill(message)
        if not _TOPIC.fullmatch(topic):
            raise ValueError(f"{topic!r} is no name of a topic: up to 249 letters, digits, '.', '_' and '-'")
        return topic, config.key.fill(message) if config.key is not None else None, self._encode(message.payload)

    def _record(self, message: Message) -> Record:
        from nodes.clients.kafka.client import Record

        topic, key, body = self._parts(message)
        return Record(topic, key.encode() if key is not None else None, body)

    async def _send(self, record: Record) -> None:
        from nodes.clients.kafka.client import NoTopic

        try:
            await self._client.store(record)
        except NoTopic as missing_one:
            if self.config.topic.constant:  # a person makes the topic
                raise BrokerAway(str(missing_one)) from missing_one
            raise
