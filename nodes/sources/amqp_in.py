"""`amqp_in`: read a queue of an AMQP broker."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field

from flowengine import Config, Example, Message, Outlet, Source, Unavailable, connection
from nodes.batches.portions import portions
from nodes.clients import extras
from nodes.clients.amqp.deliveries import Deliveries, Held
from nodes.clients.brokers import BrokerAway
from nodes.clients.subjects import SubjectPattern
from nodes.codecs.payload import MAX_BYTES, BadPayload, decoder
from nodes.connections.amqp import Amqp
from nodes.queues.source_queue import MOST_BYTES

if TYPE_CHECKING:
    from aiormq.abc import DeliveredMessage

    from nodes.clients.amqp.consumer import Consumer

Format = Literal["auto", "json", "msgpack", "cbor", "text", "bytes"]


def _pattern(text: str) -> str:
    SubjectPattern(text, rest="#")
    return text


class AmqpInConfig(Config):
    """Settings of `amqp_in`."""

    connection: str = connection("amqp")
    """The broker."""

    queue_name: str = Field(min_length=1, max_length=255)
    """The queue. It must be there, unless an `exchange` is named: then a durable one is made."""

    exchange: str = ""
    """An exchange that fills the queue; it must be there."""

    routing_key: Annotated[str, AfterValidator(_pattern)] = "{key#}"
    """What the exchange puts into the queue, such as `plant.{device}.{sensor}`: a `{name}` takes one word into `meta`,
    `{name#}` the rest. Without an exchange it only names the words."""

    window: int = Field(1000, ge=1, le=65535)
    """So many messages are here at most that are not acknowledged."""

    format: Format | list[Format] = "auto"
    """How payloads are read, or several in the order they are tried."""


class AmqpIn(Source):
    """Each message of the queue is one of the flow; its topic is the routing key, `meta.headers` has its headers.

    It is acknowledged once what came of it is settled. What is still in the flow when the connection was lost does not
    come twice.
    """

    config: AmqpInConfig
    acknowledges = True
    examples = (
        Example("A queue", "{connection: mq, queue_name: readings, format: json}"),
        Example(
            "A queue of its own at an exchange",
            "{connection: mq, queue_name: history, exchange: plant, routing_key: 'plant.{device}.{sensor}'}",
        ),
    )

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.AMQP.lacks()

    @classmethod
    def captures(cls, config: Config) -> Sequence[str]:
        assert isinstance(config, AmqpInConfig)
        return SubjectPattern(config.routing_key, rest="#").names

    def start(self) -> None:
        self._pattern = SubjectPattern(self.config.routing_key, rest="#")
        self._decode = decoder(self.config.format, MAX_BYTES, count=self.context.count)
        self._deliveries = Deliveries()
        self._consumer: Consumer | None = None
        self._rests = False

    async def run(self, emit: Outlet) -> None:
        from nodes.clients.amqp.consumer import Reading

        config = self.config
        client = self._client = self.context.connection(config.connection, Amqp).client
        what = Reading(config.queue_name, config.exchange, [self._pattern.filter], config.window)
        try:
            self._consumer, self._rests = await client.consume(what), False
            self._deliveries.begin(self._consumer)
            try:
                await self._read(self._consumer, emit)
            except BrokerAway:
                await self._consumer.close()
                raise
            finally:
                await self._consumer.rest()
                self._rests = True
                self._go_if_done()
        except BrokerAway as away:
            raise Unavailable(str(away)) from away

    def _go_if_done(self) -> None:
        """A reader that rests keeps its channel only for what is still to be acknowledged on it."""
        if self._rests and self._consumer is not None and not len(self._deliveries):
            self._client.answers.send(self._consumer.close())

    def abandon(self) -> None:
        if self._consumer is not None:
            self._client.answers.send(self._consumer.close())

    def received(self, message: Message) -> Message:
        captures = self._pattern.match(message.topic)
        if captures is None:
            raise ValueError(f"routing key {message.topic!r} does not match {self.config.routing_key!r}")
        payload = self._decode(message.payload) if isinstance(message.payload, bytes) else message.payload
        return message.replace(payload=payload, meta={**captures, **message.meta})

    async def _read(self, consumer: Consumer, emit: Outlet) -> None:
        while True:
            found = await consumer.fetch()
            for portion in portions(found, [len(each.body) for each in found], MOST_BYTES):
                await self._take(portion, emit)

    async def _take(self, found: Sequence[DeliveredMessage], emit: Outlet) -> None:
        good, bad, held = list[Message](), list[tuple[Message, str]](), list[Held]()
        for each in found:
            new = self._deliveries.take(each)
            if new is None:  # it is in the flow already
                continue
            held.append(new)
            topic, meta = each.routing_key or "", self._meta(each)
            try:
                good.append(Message(self._decode(each.body), topic, meta=meta))
            except BadPayload as fault:
                bad.append((Message(each.body[:4096], topic, meta=meta), f"payload {fault}"))
        if due := self._deliveries.due():
            self._client.answers.send(self._acknowledge(due))
        if held:
            await emit(good, partial(self._settled, held), sum(len(each.body) for each in found), rejected=bad)

    def _settled(self, held: Sequence[Held]) -> None:
        if tags := self._deliveries.settle(held):
            self._client.answers.send(self._acknowledge(tags))
        self._go_if_done()

    async def _acknowledge(self, tags: Sequence[int]) -> None:
        assert self._consumer is not None
        if not await self._consumer.acknowledge(tags):
            self.context.count("acknowledgements lost")  # they come again

    def _meta(self, message: DeliveredMessage) -> dict[str, Any]:
        properties = message.header.properties
        meta: dict[str, Any] = dict(self._pattern.match(message.routing_key or "") or {})
        if properties.headers:
            meta["headers"] = properties.headers
        if properties.message_id:
            meta["message_id"] = properties.message_id
        return meta
