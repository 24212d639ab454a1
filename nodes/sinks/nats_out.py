"""`nats_out`: store messages in a stream of JetStream, or tell who listens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from flowengine import Config, Example, Message, Messages, Sink, connection
from flowengine.expression import SubjectTemplate, TemplateText
from nodes.clients import extras
from nodes.clients.brokers import BrokerAway, deliver
from nodes.codecs.payload import encoder
from nodes.connections.nats import Nats

Going = tuple[str, bytes, Mapping[str, str]]


class NatsOutConfig(Config):
    """Settings of `nats_out`."""

    connection: str = connection("nats")
    """The server."""

    subject: SubjectTemplate
    """Where to publish, such as `plant.{device}.{sensor}`. A value that would change the tokens is refused."""

    does: Literal["store", "publish"] = "store"
    """`store` waits until a stream has the message, `publish` tells who listens now."""

    id: TemplateText | None = None
    """What makes a message one of its kind, such as `{device}-{n}`: a stream drops what comes again under it within its
    duplicate window (two minutes unless it says otherwise)."""

    format: Literal["auto", "json", "msgpack", "cbor", "text", "bytes"] = "auto"
    """How payloads are written; `auto` leaves text and bytes as they are and writes the rest as JSON."""


class NatsOut(Sink):
    """What a stream has confirmed is acknowledged: it is in its file then, in as many copies as the stream keeps.

    The streams are yours: one that takes the subject must be there. Messages wait for it where the subject is one and
    the same; where it is filled from messages, those that no stream takes leave by the error port.
    """

    config: NatsOutConfig
    merge = 100  # servers that sync each message take some 10 ms for one, and all are waited for together
    examples = (
        Example("Readings by device", "{connection: bus, subject: 'plant.{device}.{sensor}'}"),
        Example("Each order once", "{connection: bus, subject: orders.new, id: '{order}'}"),
        Example("Tell who listens", "{connection: bus, subject: 'alarms.{device}', does: publish}"),
    )

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.NATS.lacks()

    @classmethod
    def confirms(cls, config: Config) -> bool:
        return isinstance(config, NatsOutConfig) and config.does == "store"

    def start(self) -> None:
        self._encode = encoder(self.config.format)

    def sends(self, message: Message) -> Mapping[str, Any]:
        subject, body, headers = self._going(message)
        return {"topic": subject, "body": body, **({"headers": headers} if headers else {})}

    async def open(self) -> None:
        self._client = self.context.connection(self.config.connection, Nats).client

    async def write(self, messages: Messages) -> None:
        await deliver(messages, self._going, self._send)

    def _going(self, message: Message) -> Going:
        config = self.config
        headers = {"Nats-Msg-Id": config.id.fill(message)} if config.id is not None else {}
        return config.subject.fill(message), self._encode(message.payload), headers

    async def _send(self, going: Going) -> None:
        from nodes.clients.nats.client import NoStream

        try:
            await (self._client.store if self.config.does == "store" else self._client.publish)(*going)
        except NoStream as missing_one:
            if self.config.subject.constant:  # a person makes the stream
                raise BrokerAway(str(missing_one)) from missing_one
            raise
