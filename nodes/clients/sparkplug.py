"""The MQTT sessions of Sparkplug B: a host application's, and those of an edge node. Never here: metrics."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowengine.ending import end
from nodes.clients.mqtt import Birth, Disconnected, Incoming, MqttClient, MqttError, MqttSettings, Publication, Will
from nodes.codecs.sparkplug.edge import Edge, Packet
from nodes.codecs.sparkplug.state import PrimaryHost, state, state_topic

Log = logging.LoggerAdapter[Any]


class HostSession:
    """Says by STATE that a host application is there; its will says that it is gone."""

    def __init__(self, settings: MqttSettings, host_id: str, began_ms: int, log: Log):
        topic, here, gone = state_topic(host_id), state(True, began_ms), state(False, began_ms)
        self._here, self._log = Publication(topic, here, qos=1, retain=True), log
        self.client = MqttClient(
            replace(
                settings,
                will=Will(topic, gone),
                birth=Birth(topic, here),
                farewell=Publication(topic, gone, qos=1, retain=True),
            )
        )
        self.client.subscribe(topic, self._take_state, qos=1)
        self._contradicted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin; does not wait for the broker."""
        await self.client.start()
        self._task = asyncio.create_task(self._insist(), name="sparkplug host application")

    async def close(self) -> None:
        """Say that it is gone, and leave."""
        if self._task is not None:
            await end(self._task)
        await self.client.close()

    def _take_state(self, packets: Sequence[Incoming]) -> None:
        said = PrimaryHost()
        for packet in packets:
            try:
                said.learn(packet.payload)
            except ValueError:
                said.forget()
        if not said.online:
            self._contradicted.set()

    async def _insist(self) -> None:
        """The will of an earlier session may come late, and must not stand as the last word (5.4.3)."""
        while True:
            await self._contradicted.wait()
            self._contradicted.clear()
            try:
                await self.client.publish_many([self._here])
            except MqttError as fault:
                self._log.warning("the host application could not say that it is there: %s", fault)


class EdgeSession:
    """No session is resumed: after a loss another one is begun, with the next `bdSeq`, which is kept in `file`.

    With a primary host it is born only while that host says that it is there, and dies when it is gone (5.4.2).
    """

    def __init__(
        self, settings: MqttSettings, group: str, edge: str, file: Path, time_ms: Callable[[], int], log: Log,
        primary_host: str = "",
    ):  # fmt: skip
        self._settings, self._file, self._time_ms, self._log = settings, file, time_ms, log
        self._host, self._primary, self._awaited = primary_host, PrimaryHost(), asyncio.Event()
        self.edge = Edge(group, edge, 0)
        self._client: MqttClient | None = None
        self._one_at_a_time = asyncio.Lock()
        self._asked = asyncio.Event()
        self._gone = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin; does not wait for the broker."""
        self.edge.bd_seq = await asyncio.to_thread(self._kept)
        self._task = asyncio.create_task(self._stay(), name="sparkplug edge node")

    async def close(self) -> None:
        """Say the death, and leave."""
        if self._task is not None:
            await end(self._task)

    async def tell(self, device: str, values: Mapping[str, Any], time_ms: int) -> None:
        """Publish values. Raises ValueError for what is no metric, `Disconnected` while there is no session."""
        async with self._one_at_a_time:
            if self._client is None:
                raise Disconnected(f"host {self._host} is not online" if self._host else "not connected")
            await self._publish(self._client, self.edge.data(device, values, time_ms))

    async def _stay(self) -> None:
        while True:
            self._gone.clear()
            self._await_host()
            await asyncio.to_thread(self._file.write_text, str(self.edge.bd_seq))
            topic, data = self.edge.will()
            settings = replace(
                self._settings, clean_start=True, birth=None, will=Will(topic, data, qos=1, retain=False),
                farewell=Publication(topic, data),
            )  # fmt: skip
            client = MqttClient(settings, on_disconnect=lambda reason: self._gone.set())
            subscription = client.subscribe(self.edge.commands, self._take_commands, qos=1)
            if self._host:
                client.subscribe(state_topic(self._host), self._take_state, qos=1)
            await client.start()
            try:
                await client.wait_connected()
                await subscription.ready()
                await self._live(client)
            except MqttError as fault:
                self._log.warning("the session of the edge node ended: %s", fault)
            finally:
                self._client = None
                await client.close()
            self.edge.new_session()

    def _await_host(self) -> None:
        self._primary.forget()
        if self._host:
            self._awaited.clear()
        else:
            self._awaited.set()

    async def _live(self, client: MqttClient) -> None:
        """Until the session or the primary host is lost: births, and again when somebody asks."""
        self._asked.set()
        gone, host = asyncio.ensure_future(self._gone.wait()), asyncio.ensure_future(self._awaited.wait())
        try:
            await asyncio.wait([gone, host], return_when=asyncio.FIRST_COMPLETED)
            while not gone.done():
                asked = asyncio.ensure_future(self._asked.wait())
                await asyncio.wait([gone, asked], return_when=asyncio.FIRST_COMPLETED)
                asked.cancel()
                if self._asked.is_set() and not gone.done():
                    self._asked.clear()
                    async with self._one_at_a_time:
                        await self._publish(client, self.edge.births(self._time_ms()))
                        self._client = client
        finally:
            gone.cancel()
            host.cancel()

    async def _publish(self, client: MqttClient, packets: Sequence[Packet]) -> None:
        await client.publish_many([Publication(topic, data) for topic, data in packets])

    def _take_commands(self, packets: Sequence[Incoming]) -> None:
        for packet in packets:
            try:
                if self.edge.asks_for_births(packet.payload):
                    self._asked.set()
            except ValueError as fault:
                self._log.warning("a command that cannot be read: %s", fault)

    def _take_state(self, packets: Sequence[Incoming]) -> None:
        was_online = self._primary.online
        for packet in packets:
            try:
                self._primary.learn(packet.payload)
            except ValueError as fault:
                self._log.warning("%s: %s", packet.topic, fault)
        if self._primary.online:
            self._awaited.set()
        elif was_online:
            self._log.warning("host %s is gone: nothing is told until it is back", self._host)
            self._gone.set()

    def _kept(self) -> int:
        """The number after that of the last session, which may have had a will that is still to come."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        try:
            return (int(self._file.read_text()) + 1) % 256
        except (OSError, ValueError):
            return 0
