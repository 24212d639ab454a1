"""Simulated devices with a ledger: publishes by MQTT and remembers what the broker took. Knows no engine, no flow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from nodes.clients.mqtt import Incoming, MqttClient, MqttError, MqttSettings, Publication

Key = tuple[Any, ...]
Made = tuple[Key, Publication]


class Hearing:
    """Listens under one filter until the first payload came."""

    def __init__(self, client: MqttClient, filter_: str):
        self._first: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._subscription = client.subscribe(filter_, self._take)

    async def ready(self) -> None:
        """Return once the broker has the subscription."""
        await self._subscription.ready()

    async def first(self) -> bytes:
        """The payload."""
        try:
            return await asyncio.wait_for(self._first, 60)
        finally:
            self._subscription.close()

    def _take(self, packets: Sequence[Incoming]) -> None:
        self._subscription.ack(packets)
        if not self._first.done():
            self._first.set_result(packets[0].payload)


class Devices:
    """Publishes what `make(n)` gives for 0, 1, 2 … at `rate` a second with QoS 1; without `make` only by `send`.

    `acknowledged` has the key of everything the broker took, `uncertain` of what it may have taken.
    """

    def __init__(self, url: str, make: Callable[[int], Made] | None = None, rate: float = 1.0, batch: int = 20):
        self._client = MqttClient(MqttSettings(url=url, client_id="simulated devices"))
        self._make, self._rate, self._batch = make, rate, batch
        self.acknowledged: set[Key] = set()
        self.uncertain: set[Key] = set()
        self._sent = 0
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Devices:
        await self._client.start()
        await self._client.wait_connected(60)
        if self._make is not None:
            self._task = asyncio.create_task(self._publish(self._make))
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()
        await self._client.close()

    async def stop(self) -> None:
        """Send no more; what is under way is finished."""
        if self._task is not None:
            task, self._task = self._task, None
            self._stopping = True
            await task

    async def send(self, topic: str, payload: bytes) -> None:
        """Publish one message beside the ledger; returns when the broker has it."""
        await self._client.wait_connected(60)
        await self._client.publish_many([Publication(topic, payload, 1)])

    def hearing(self, filter_: str) -> Hearing:
        """Begin to listen."""
        return Hearing(self._client, filter_)

    async def heard(self, filter_: str) -> bytes:
        """The first payload that comes under this filter, a retained one too."""
        return await self.hearing(filter_).first()

    async def _publish(self, make: Callable[[int], Made]) -> None:
        due_s = time.monotonic()
        while not self._stopping:
            made = [make(n) for n in range(self._sent, self._sent + self._batch)]
            self._sent += self._batch
            keys = {key for key, _ in made}
            try:
                await self._client.publish_many([publication for _, publication in made])
                self.acknowledged |= keys
            except MqttError:
                self.uncertain |= keys
                await self._client.wait_connected(60)
            due_s = max(time.monotonic() - 0.2, due_s + self._batch / self._rate)
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
