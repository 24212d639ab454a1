"""`amqp_out`: store messages in queues of an AMQP broker, or tell who listens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from flowengine import Config, Example, Message, Messages, Sink, connection
from flowengine.expression import TemplateText
from nodes.clients import extras
from nodes.clients.brokers import BrokerAway, deliver
from nodes.codecs.payload import encoder
from nodes.connections.amqp import Amqp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nodes.clients.amqp.client import Letter


class AmqpOutConfig(Config):
    """Settings of `amqp_out`."""

    connection: str = connection("amqp")
    """The broker."""

    routing_key: TemplateText
    """Where to publish, such as `plant.{device}.{sensor}`; without an exchange the name of a queue."""

    exchange: str = ""
    """The exchange; by default the broker's own, which gives a message to the queue of that name."""

    does: Literal["store", "publish"] = "store"
    """`store` waits until a queue has the message, `publish` tells who listens now."""

    id: TemplateText | None = None
    """What makes a message one of its kind, such as `{device}-{n}`: its `message_id`, by which readers know what comes
    again."""

    format: Literal["auto", "json", "msgpack", "cbor", "text", "bytes"] = "auto"
    """How payloads are written; `auto` leaves text and bytes as they are and writes the rest as JSON."""


class AmqpOut(Sink):
    """What the broker has confirmed is acknowledged: each queue that takes it has it, a durable one on its disk.

    Exchanges and queues are yours: they must be there. Messages wait for them where the routing key is one and the
    same; where it is filled from messages, those that no queue takes leave by the error port.
    """

    config: AmqpOutConfig
    merge = 500  # all are waited for together, as the broker syncs its disk for many at once
    examples = (
        Example("Readings by topic", "{connection: mq, exchange: plant, routing_key: '{device}.{sensor}'}"),
        Example("Orders into a queue", "{connection: mq, routing_key: orders, id: '{order}'}"),
        Example("Tell who listens", "{connection: mq, exchange: alarms, routing_key: '{device}', does: publish}"),
    )

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.AMQP.lacks()

    @classmethod
    def confirms(cls, config: Config) -> bool:
        return isinstance(config, AmqpOutConfig) and config.does == "store"

    def start(self) -> None:
        self._encode = encoder(self.config.format)

    def sends(self, message: Message) -> Mapping[str, Any]:
        config = self.config
        going: dict[str, Any] = {"topic": config.routing_key.fill(message), "body": self._encode(message.payload)}
        if config.exchange:
            going["exchange"] = config.exchange
        if config.id is not None:
            going["id"] = config.id.fill(message)
        return going

    async def open(self) -> None:
        self._client = self.context.connection(self.config.connection, Amqp).client

    async def write(self, messages: Messages) -> None:
        await deliver(messages, self._letter, self._send)

    def _letter(self, message: Message) -> Letter:
        from nodes.clients.amqp.client import Letter

        config = self.config
        id = config.id.fill(message) if config.id is not None else ""
        return Letter(config.exchange, config.routing_key.fill(message), self._encode(message.payload), id)

    async def _send(self, letter: Letter) -> None:
        from nodes.clients.amqp.client import NoQueue

        try:
            await (self._client.store if self.config.does == "store" else self._client.publish)(letter)
        except NoQueue as missing_one:
            if self.config.routing_key.constant:  # a person makes the queue
                raise BrokerAway(str(missing_one)) from missing_one
            raise
