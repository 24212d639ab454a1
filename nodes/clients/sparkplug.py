"""The MQTT sessions of a Sparkplug B edge node, one after the other, each with will and birth. Never here: metrics."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowengine.ending import end
from nodes.clients.mqtt import Disconnected, Incoming, MqttClient, MqttError, MqttSettings, Publication, Will
from nodes.codecs.sparkplug.edge import Edge, Packet


class EdgeSession:
    """No session is resumed: after a loss another one is begun, with the next `bdSeq`, which is kept in `file`."""

    def __init__(
        self, settings: MqttSettings, group: str, edge: str, file: Path, time_ms: Callable[[], int],
        log: logging.LoggerAdapter[Any],
    ):  # fmt: skip
        self._settings, self._file, self._time_ms, self._log = settings, file, time_ms, log
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
                raise Disconnected("not connected")
            await self._publish(self._client, self.edge.data(device, values, time_ms))

    async def _stay(self) -> None:
        while True:
            self._gone.clear()
            await asyncio.to_thread(self._file.write_text, str(self.edge.bd_seq))
            topic, data = self.edge.will()
            settings = replace(
                self._settings, clean_start=True, birth=None, will=Will(topic, data, qos=1, retain=False),
                farewell=Publication(topic, data),
            )  # fmt: skip
            client = MqttClient(settings, on_disconnect=lambda reason: self._gone.set())
            subscription = client.subscribe(self.edge.commands, self._take_commands, qos=1)
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

    async def _live(self, client: MqttClient) -> None:
        """Until the session is lost: births, and again when somebody asks."""
        self._asked.set()
        gone = asyncio.ensure_future(self._gone.wait())
        try:
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

    async def _publish(self, client: MqttClient, packets: Sequence[Packet]) -> None:
        await client.publish_many([Publication(topic, data) for topic, data in packets])

    def _take_commands(self, packets: Sequence[Incoming]) -> None:
        for packet in packets:
            try:
                if self.edge.asks_for_births(packet.payload):
                    self._asked.set()
            except ValueError as fault:
                self._log.warning("a command that cannot be read: %s", fault)

    def _kept(self) -> int:
        """The number after that of the last session, which may have had a will that is still to come."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        try:
            return (int(self._file.read_text()) + 1) % 256
        except (OSError, ValueError):
            return 0
