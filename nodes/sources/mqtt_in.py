"""`mqtt_in`: receive from an MQTT broker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator

from flowengine import Config, Example, Message, Outlet, Size, Source, Unavailable, connection
from nodes.clients.mqtt import Incoming, SubscribeRefused, Subscription
from nodes.clients.mqtt.topics import CachedPattern, join_shared
from nodes.codecs.payload import MAX_BYTES, BadPayload, decoder
from nodes.connections.mqtt import Mqtt
from nodes.queues.source_queue import SourceQueue

Format = Literal["auto", "json", "msgpack", "cbor", "text", "bytes"]
REFUSED_AGAIN_S = 30.0
Rejects = list[tuple[Message, str]]
NOTHING: Mapping[str, Any] = {}
"""The meta of a message that comes with nothing but its payload: one object, so that nodes see it at a glance."""


def _checked(pattern: str) -> str:
    CachedPattern(pattern)
    return pattern


class MqttInConfig(Config):
    """Settings of `mqtt_in`."""

    also_called: ClassVar = {**dict.fromkeys(("broker", "server", "host"), "connection"), "topics": "topic"}

    connection: str = connection("mqtt")
    """The broker."""

    topic: Annotated[str, AfterValidator(_checked)]
    """Topic filter; `+` and `#` as in MQTT. A level `{name}` is a `+` that fills `meta.name`, `{rest#}` a `#`."""

    qos: Literal[0, 1, 2] = 1
    """With 1 and 2 the broker keeps each message until this flow has settled it."""

    share: str | None = None
    """Group whose members share the messages between them."""

    format: Format | list[Format] = "auto"
    """How payloads are read, or several in the order they are tried."""

    retained: bool = True
    """Take messages that the broker had kept from before; they carry `meta.retained`."""

    max_bytes: Size = MAX_BYTES
    """Larger payloads are rejected."""


class MqttIn(Source):
    """Subscribe to a topic filter; each packet becomes a message, bad payloads leave by the error port."""

    config: MqttInConfig
    acknowledges = True
    examples = (
        Example("Every sensor, with names", "{connection: broker, topic: 'plant/{line}/{sensor}', format: json}"),
        Example("Shared among several engines", "{connection: broker, topic: 'farm/#', share: workers}"),
    )

    @classmethod
    def repeats(cls, config: Config) -> bool:
        return isinstance(config, MqttInConfig) and config.qos > 0

    @classmethod
    def captures(cls, config: Config) -> Sequence[str]:
        assert isinstance(config, MqttInConfig)
        return CachedPattern(config.topic).names

    def start(self) -> None:
        self._pattern = CachedPattern(self.config.topic)
        self._left: list[Subscription] = []
        self._decode = decoder(self.config.format, self.config.max_bytes, count=self.context.count)

    async def run(self, emit: Outlet) -> None:
        client = self.context.connection(self.config.connection, Mqtt).client
        arrivals: SourceQueue[Incoming] = SourceQueue()
        topic = join_shared(self.config.share, self._pattern.filter) if self.config.share else self._pattern.filter
        # Not as published: the flag then says "kept from before", also for what is published to be kept and comes live.
        handling = 0 if self.config.retained else 2
        subscription = client.subscribe(
            topic, arrivals.put, qos=self.config.qos, retain_as_published=False, retain_handling=handling
        )
        try:
            await _granted(subscription)
            while True:
                taken = await arrivals.take()
                sizes = [len(packet.payload) for packet in taken]
                packets = arrivals.within(taken, sizes)
                size_bytes = sum(sizes[: len(packets)])
                good, bad = self._messages(packets)
                await emit(good, partial(subscription.ack, packets), size_bytes, rejected=bad)
        finally:
            # What was emitted is in the flow, and is acknowledged when the flow has settled it.
            subscription.leave(arrivals.rest())
            self._left = [left for left in self._left if left.held] + [subscription]

    def abandon(self) -> None:
        for subscription in self._left:
            subscription.close()

    def received(self, message: Message) -> Message:
        captures = self._pattern.match(message.topic)
        if captures is None:
            raise ValueError(f"topic {message.topic!r} does not match {self.config.topic!r}")
        payload = self._decode(message.payload) if isinstance(message.payload, bytes) else message.payload
        return message.replace(payload=payload, meta={**captures, **message.meta})

    def _messages(self, packets: Sequence[Incoming]) -> tuple[list[Message], Rejects]:
        decode, next_id = self._decode, self.context.next_id
        try:
            payloads = [decode(packet.payload) for packet in packets]
        except BadPayload:
            return self._sorted(packets)
        topics = [packet.topic for packet in packets]
        metas = self._metas(topics, packets)
        return [
            Message(payload, topic, at_ns, meta, at_ns, next_id())
            for payload, topic, at_ns, meta in zip(
                payloads, topics, self.context.arrivals(len(packets)), metas, strict=True
            )
        ], []

    def _sorted(self, packets: Sequence[Incoming]) -> tuple[list[Message], Rejects]:
        """As `_messages`, where at least one payload cannot be read."""
        good: list[Message] = []
        bad: Rejects = []
        metas = self._metas([packet.topic for packet in packets], packets)
        for packet, meta, at_ns in zip(packets, metas, self.context.arrivals(len(packets)), strict=True):
            raw = Message(packet.payload[:4096], packet.topic, at_ns, meta, at_ns, self.context.next_id())
            try:
                good.append(raw.with_payload(self._decode(packet.payload)))
            except BadPayload as fault:
                bad.append((raw, f"payload {fault}"))
        return good, bad

    def _metas(self, topics: list[str], packets: Sequence[Incoming]) -> list[Mapping[str, Any]]:
        """What each topic and packet says beside the payload; messages of one topic share it."""
        metas: list[Mapping[str, Any]] = [found or NOTHING for found in self._pattern.each(topics)]
        marked = [
            place
            for place, packet in enumerate(packets)
            if packet.retain or packet.response_topic is not None or packet.correlation_data is not None
        ]
        for place in marked:
            metas[place] = {**metas[place], **_properties(packets[place])}
        return metas


async def _granted(subscription: Subscription) -> None:
    try:
        await subscription.ready()
    except SubscribeRefused as refused:
        raise Unavailable(str(refused), retry_after_s=REFUSED_AGAIN_S) from refused


def _properties(packet: Incoming) -> dict[str, Any]:
    found: dict[str, Any] = {"retained": True} if packet.retain else {}
    if packet.response_topic is not None:
        found["response_topic"] = packet.response_topic
    if packet.correlation_data is not None:
        found["correlation_data"] = packet.correlation_data
    return found
