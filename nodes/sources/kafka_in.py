"""`kafka_in`: read topics of a Kafka cluster as one of a group."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, PositiveInt

from flowengine import Config, Example, Message, Outlet, Source, Unavailable, connection
from nodes.batches.portions import portions
from nodes.clients import extras
from nodes.clients.brokers import BrokerAway, BrokerRefused
from nodes.clients.kafka.offsets import Offsets, Taken
from nodes.codecs.payload import MAX_BYTES, BadPayload, decoder
from nodes.connections.kafka import Kafka
from nodes.queues.source_queue import MOST_BYTES

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord

    from nodes.clients.kafka.reader import Reader

Format = Literal["auto", "json", "msgpack", "cbor", "text", "bytes"]


class KafkaInConfig(Config):
    """Settings of `kafka_in`."""

    connection: str = connection("kafka")
    """The cluster."""

    topics: list[str] = Field(min_length=1)
    """The topics; they must be there, unless the cluster makes them by itself."""

    group: str = Field("flowengine", min_length=1)
    """Consumer group: its readers share the partitions, and the cluster knows how far it got."""

    start: Literal["new", "all"] = "new"
    """Where a new group begins: with messages that come from now on, or with all that the topics have."""

    window: PositiveInt = 10_000
    """So many messages are in the flow at most that are not settled."""

    format: Format | list[Format] = "auto"
    """How payloads are read, or several in the order they are tried."""


class KafkaIn(Source):
    """Each record is a message under its topic; `meta` has its `key`, `partition`, `offset`, `timestamp` (ms), headers.

    How far the group got is committed up to the oldest message that is not settled. What is still in the flow when the
    connection was lost does not come twice; what was in it when a partition moved to another reader does.
    """

    config: KafkaInConfig
    acknowledges = True
    examples = (
        Example("A topic of readings", "{connection: cluster, topics: [readings], group: history, format: json}"),
        Example("All of two topics", "{connection: cluster, topics: [orders, stock], group: erp, start: all}"),
    )

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.KAFKA.lacks()

    def start(self) -> None:
        self._decode = decoder(self.config.format, MAX_BYTES, count=self.context.count)
        self._offsets = Offsets()
        self._settling = asyncio.Event()
        self._reader: Reader | None = None
        self._going: set[asyncio.Task[None]] = set()

    async def run(self, emit: Outlet) -> None:
        from nodes.clients.kafka.reader import Reader

        config = self.config
        client = self.context.connection(config.connection, Kafka).client
        try:
            self._reader = await Reader.begin(client, config.topics, config.group, config.start == "all", self._offsets)
        except (BrokerAway, BrokerRefused) as away:
            raise Unavailable(str(away)) from away
        try:
            await self._read(self._reader, emit)
        except BrokerAway as away:
            await self._reader.close()
            raise Unavailable(str(away)) from away
        finally:
            self._reader.leave()

    def abandon(self) -> None:
        if self._reader is not None:
            going = asyncio.get_running_loop().create_task(self._reader.close(), name="leave the group")
            self._going.add(going)
            going.add_done_callback(self._going.discard)

    def received(self, message: Message) -> Message:
        if message.topic and message.topic not in self.config.topics:
            raise ValueError(f"topic {message.topic!r} is none of {', '.join(self.config.topics)}")
        payload = self._decode(message.payload) if isinstance(message.payload, bytes) else message.payload
        return message.replace(payload=payload, topic=message.topic or self.config.topics[0])

    async def _read(self, reader: Reader, emit: Outlet) -> None:
        while True:
            while len(self._offsets) >= self.config.window:
                self._settling.clear()
                await self._settling.wait()
            found = await reader.fetch(self.config.window - len(self._offsets))
            for portion in portions(found, [len(each.value or b"") for each in found], MOST_BYTES):
                await self._take(portion, emit)

    async def _take(self, found: Sequence[ConsumerRecord], emit: Outlet) -> None:
        good, bad, places = list[Message](), list[tuple[Message, str]](), list[Taken]()
        for each in found:
            places.append(self._offsets.take(each.topic, each.partition, each.offset))
            meta, body = _meta(each), each.value or b""
            try:
                good.append(Message(self._decode(body), each.topic, meta=meta))
            except BadPayload as fault:
                bad.append((Message(body[:4096], each.topic, meta=meta), f"payload {fault}"))
        await emit(good, partial(self._settled, places), sum(len(each.value or b"") for each in found), rejected=bad)

    def _settled(self, places: Sequence[Taken]) -> None:
        for place in places:
            place.settled = True
        self._settling.set()
        if self._reader is not None:
            self._reader.settled()


def _meta(record: ConsumerRecord) -> Mapping[str, Any]:
    meta: dict[str, Any] = {
        "partition": record.partition, "offset": record.offset, "timestamp": record.timestamp,
    }  # fmt: skip
    if record.key is not None:
        meta["key"] = record.key.decode("utf-8", "replace")
    if record.headers:
        meta["headers"] = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers}
    return meta
