"""`sparkplug_in`: metrics of Sparkplug B edge nodes and their devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import Field

from flowengine import Config, Example, Message, Outlet, Source, Unavailable, connection
from nodes.clients import extras
from nodes.clients.mqtt import Disconnected, Incoming, MqttClient, PublishRefused, SubscribeRefused
from nodes.connections.mqtt import Mqtt
from nodes.queues.source_queue import SourceQueue

if TYPE_CHECKING:
    from nodes.codecs.sparkplug.host import Heard, Host, Topic

REFUSED_AGAIN_S = 30.0


class SparkplugInConfig(Config):
    """Settings of `sparkplug_in`."""

    connection: str = connection("mqtt")
    """The broker."""

    group: str = Field(default="+", pattern=r"^(\+|[^/+#]+)$")
    """Group of edge nodes; `+` for all."""

    edge: str = Field(default="+", pattern=r"^(\+|[^/+#]+)$")
    """Edge node; `+` for all."""

    each: bool = False
    """A message for each metric instead of one for each packet: payload `{value}`, in meta `metric`, `quality`."""

    host_id: str = Field(default="", pattern=r"^[^/+#]*$")
    """Name of this host application: by STATE edge nodes then know whether it is there, in a session of its own."""


class SparkplugIn(Source):
    """Each packet is a message: a map of its metrics, and in `meta.bad` why others have no value.

    In meta are `group`, `edge`, `device` (empty: the edge node itself), and `historical` for what it had kept.

    Aliases are read by the births. An edge node that was not born yet, or of which a packet was lost, is asked for its
    births, and until they come its metrics are bad; as they are after a death. Needs the extra `sparkplug`.
    """

    config: SparkplugInConfig
    examples = (
        Example("Everything of a plant", "{connection: broker, group: plant1}"),
        Example("A message for each metric", "{connection: broker, each: true}"),
        Example("As the host that edge nodes wait for", "{connection: broker, host_id: scada}"),
    )

    @classmethod
    def gives_time(cls, config: Config) -> bool:
        return True

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.SPARKPLUG.lacks()

    async def run(self, emit: Outlet) -> None:
        client = self.context.connection(self.config.connection, Mqtt).client
        if not self.config.host_id:
            await self._follow(client, emit)
            return
        from nodes.clients.sparkplug import HostSession

        own = replace(client.settings, client_id=f"{client.settings.client_id}-{self.context.node}"[-120:])
        now_ms = self.context.clock.time_ns() // 1_000_000
        session = HostSession(own, self.config.host_id, now_ms, self.context.log)
        try:
            await session.open()
            await self._follow(session.client, emit)
        finally:
            await session.close()

    async def _follow(self, client: MqttClient, emit: Outlet) -> None:
        from nodes.codecs.sparkplug.host import NAMESPACE, Host

        config = self.config
        arrivals: SourceQueue[Incoming] = SourceQueue()
        filter_ = f"{NAMESPACE}/{config.group}/+/{config.edge}/#"
        subscription = client.subscribe(filter_, arrivals.put, qos=1, retain_handling=2)
        self.host = Host()
        try:
            try:
                await subscription.ready()
            except SubscribeRefused as refused:
                raise Unavailable(str(refused), retry_after_s=REFUSED_AGAIN_S) from refused
            while True:
                packets = await arrivals.take()
                made, rejected, asked = self._taken(packets, self.host)
                subscription.ack(packets)  # births and deaths are state, not messages that could be told again
                await emit(made, rejected=rejected)
                for topic in asked:
                    await self._ask(client, topic)
        finally:
            subscription.leave(arrivals.rest())
            subscription.close()

    def received(self, message: Message) -> Message:
        if not isinstance(message.payload, dict):
            raise ValueError("payload is no map of metrics by name")
        return message.with_meta(**{"device": "", "bad": {}, **message.meta})

    def _taken(
        self, packets: Sequence[Incoming], host: Host
    ) -> tuple[list[Message], list[tuple[Message, str]], list[Topic]]:
        from nodes.codecs.sparkplug.host import topic_of

        made: list[Message] = []
        rejected: list[tuple[Message, str]] = []
        asked: list[Topic] = []
        for packet in packets:
            try:
                topic = topic_of(packet.topic)
                if topic is None:
                    continue
                found, ask = host.take(topic, packet.payload, self.context.clock.now_s())
            except ValueError as fault:
                now_ns = self.context.clock.time_ns()
                raw = Message(packet.payload[:4096], packet.topic, now_ns, {}, now_ns, self.context.next_id())
                rejected.append((raw, str(fault)))
                continue
            made += [message for heard in found for message in self._messages(topic, heard)]
            if ask:
                asked.append(topic)
        return made, rejected, asked

    async def _ask(self, client: MqttClient, topic: Topic) -> None:
        from nodes.codecs.sparkplug.host import rebirth

        try:
            await client.publish(*rebirth(topic.group, topic.edge, self.context.clock.time_ns() // 1_000_000))
        except (Disconnected, PublishRefused) as fault:
            self.context.log.warning("%s/%s could not be asked for its births: %s", topic.group, topic.edge, fault)

    def _messages(self, topic: Topic, heard: Heard) -> list[Message]:
        now_ns = self.context.clock.time_ns()
        time_ns = heard.time_ms * 1_000_000 or now_ns
        meta: dict[str, Any] = {"group": topic.group, "edge": topic.edge, "device": heard.device}
        if heard.historical:
            meta["historical"] = True
        place = "/".join(filter(None, (topic.group, topic.edge, heard.device)))
        if not self.config.each:
            return [self._message(heard.good, place, time_ns, now_ns, {**meta, "bad": heard.bad})]
        good = [({"value": value}, {**meta, "metric": name, "quality": "good"}) for name, value in heard.good.items()]
        bad = [
            ({"value": None}, {**meta, "metric": name, "quality": "bad", "reason": reason})
            for name, reason in heard.bad.items()
        ]
        return [self._message(payload, place, time_ns, now_ns, each) for payload, each in [*good, *bad]]

    def _message(self, payload: Any, topic: str, time_ns: int, now_ns: int, meta: dict[str, Any]) -> Message:
        return Message(payload, topic, time_ns, meta, now_ns, self.context.next_id())
