"""Collects what a subscription receives and waits for it. No test logic here."""

import asyncio

from nodes.clients.mqtt import Incoming, MqttClient, Subscription


class Inbasket:
    """A subscriber that keeps every packet; `subscription.ack` is the test's to call unless `settles`."""

    def __init__(self, client: MqttClient, filter_: str, *, settles: bool = True, **options: object):
        self.packets: list[Incoming] = []
        self.batches = 0
        self._settles = settles
        self._grew = asyncio.Event()
        self.subscription: Subscription = client.subscribe(filter_, self._take, **options)  # type: ignore[arg-type]

    def _take(self, batch: list[Incoming]) -> None:
        self.packets += batch
        self.batches += 1
        self._grew.set()
        if self._settles:
            self.subscription.ack(batch)

    @property
    def payloads(self) -> list[bytes]:
        return [packet.payload for packet in self.packets]

    async def holds(self, count: int, timeout_s: float = 60) -> "Inbasket":
        """Return once so many came; fails with what came instead."""
        try:
            async with asyncio.timeout(timeout_s):
                while len(self.packets) < count:
                    self._grew.clear()
                    await self._grew.wait()
        except TimeoutError:
            raise AssertionError(f"{len(self.packets)} of {count} came: {self.payloads[:20]}") from None
        return self


async def inbasket(client: MqttClient, filter_: str, **options: object) -> Inbasket:
    """A ready subscription."""
    basket = Inbasket(client, filter_, **options)  # type: ignore[arg-type]
    async with asyncio.timeout(60):
        await basket.subscription.ready()
    return basket
