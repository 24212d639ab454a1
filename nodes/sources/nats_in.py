"""`nats_in`: read a stream of JetStream by a durable consumer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, PositiveInt

from flowengine import Config, Example, Message, Outlet, Source, Unavailable, connection
from flowengine.ending import end
from nodes.batches.portions import portions
from nodes.clients import extras
from nodes.clients.brokers import BrokerAway
from nodes.clients.subjects import SubjectPattern
from nodes.codecs.payload import MAX_BYTES, BadPayload, decoder
from nodes.connections.nats import Nats
from nodes.queues.source_queue import MOST_BYTES

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from nodes.clients.nats.client import Consumer

Format = Literal["auto", "json", "msgpack", "cbor", "text", "bytes"]
MOST_AT_ONCE = 500
AHEAD = 3
"""So often in the time after which the server sends again it hears that a message is still here."""


def _subject(text: str) -> str:
    SubjectPattern(text)
    return text


class NatsInConfig(Config):
    """Settings of `nats_in`."""

    connection: str = connection("nats")
    """The server."""

    subject: Annotated[str, AfterValidator(_subject)]
    """What to read, such as `plant.{device}.{sensor}`: a `{name}` takes one token into `meta`, `{name>}` the rest."""

    stream: str = ""
    """The stream; by default the one that has the subject."""

    consumer: str = "flowengine"
    """Name of the durable consumer; it is made if it is not there. Each message goes to one reader of it."""

    start: Literal["new", "all"] = "new"
    """Where a new consumer begins: with messages that come from now on, or with all that the stream has."""

    window: PositiveInt = 1000
    """A new consumer is given at most so many messages that are not acknowledged."""

    format: Format | list[Format] = "auto"
    """How payloads are read, or several in the order they are tried."""


class NatsIn(Source):
    """Each message of the stream is one of the flow; its topic is the subject, `meta.sequence` its place in the stream.

    It is acknowledged once what came of it is settled. What is still in the flow when the connection was lost does not
    come twice.
    """

    config: NatsInConfig
    acknowledges = True
    examples = (
        Example("Readings with names", "{connection: bus, subject: 'plant.{device}.{sensor}', format: json}"),
        Example(
            "All of a stream, for the history",
            "{connection: bus, subject: 'orders.>', stream: ORDERS, consumer: history, start: all}",
        ),
    )

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.NATS.lacks()

    @classmethod
    def captures(cls, config: Config) -> Sequence[str]:
        assert isinstance(config, NatsInConfig)
        return SubjectPattern(config.subject).names

    def start(self) -> None:
        self._pattern = SubjectPattern(self.config.subject)
        self._decode = decoder(self.config.format, MAX_BYTES, count=self.context.count)
        self._held: dict[int, str] = {}  # where to answer, by place in the stream
        self._owed: list[str] = []

    async def run(self, emit: Outlet) -> None:
        from nodes.clients.nats.client import Reading

        config = self.config
        self._client = self.context.connection(config.connection, Nats).client
        what = Reading(config.stream, self._pattern.filter, config.consumer, config.start == "all", config.window)
        try:
            async with self._client.reading(what) as consumer:
                await self._read(consumer, emit)
        except BrokerAway as away:
            raise Unavailable(str(away)) from away

    def received(self, message: Message) -> Message:
        captures = self._pattern.match(message.topic)
        if captures is None:
            raise ValueError(f"subject {message.topic!r} does not match {self.config.subject!r}")
        payload = self._decode(message.payload) if isinstance(message.payload, bytes) else message.payload
        return message.replace(payload=payload, meta={**captures, **message.meta})

    async def _read(self, consumer: Consumer, emit: Outlet) -> None:
        saying = asyncio.create_task(self._say_still_here(consumer.patience_s / AHEAD), name="still here")
        try:
            await self._answer([])
            while True:
                found = await consumer.fetch(min(self.config.window, MOST_AT_ONCE))
                for portion in portions(found, [len(each.data) for each in found], MOST_BYTES):
                    await self._take(portion, emit)
        finally:
            await end(saying, again_s=1.0)

    async def _take(self, found: Sequence[Msg], emit: Outlet) -> None:
        good, bad, places = list[Message](), list[tuple[Message, str]](), list[int]()
        for each in found:
            place = each.metadata.sequence.stream
            again = place in self._held
            self._held[place] = each.reply
            if again:  # it is in the flow already
                continue
            places.append(place)
            meta: Mapping[str, Any] = {**(self._pattern.match(each.subject) or {}), "sequence": place}
            if each.headers:
                meta = {**meta, "headers": dict(each.headers)}
            try:
                good.append(Message(self._decode(each.data), each.subject, meta=meta))
            except BadPayload as fault:
                bad.append((Message(each.data[:4096], each.subject, meta=meta), f"payload {fault}"))
        if places:
            size_bytes = sum(len(each.data) for each in found)
            await emit(good, partial(self._settled, places), size_bytes, rejected=bad)

    def _settled(self, places: Sequence[int]) -> None:
        replies = [self._held.pop(place) for place in places]
        self._client.answers.send(self._answer(replies))

    async def _answer(self, replies: Sequence[str]) -> None:
        owed, self._owed = [*self._owed, *replies], []
        while owed:
            try:
                await self._client.publish(owed[-1], b"")
            except BrokerAway:
                self._owed += owed  # told when it is back; until then it may come again
                return
            owed.pop()

    async def _say_still_here(self, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            for reply in list(self._held.values()):
                try:
                    await self._client.publish(reply, b"+WPI")
                except BrokerAway:
                    break
