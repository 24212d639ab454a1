"""The outside ledger: what was acknowledged to a publisher, and what a database holds. Knows no engine."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from nodes.clients.mqtt import MqttClient, MqttSettings, Publication

Payload = Callable[[int], dict[str, Any]]


class Publisher:
    """Publishes numbered messages with QoS 1; `acknowledged_at` says when the broker took each (monotonic s).

    Sends as fast as the broker acknowledges, or `rate` messages a second.
    """

    def __init__(self, url: str, topic: str, rate: float | None = None, batch: int = 20):
        self._client = MqttClient(MqttSettings(url=url, client_id=f"publisher of {topic.partition('/')[0]}"))
        self._topic = topic
        self._batch = batch
        self.rate = rate
        self.payload: Payload = lambda n: {"n": n}
        self.sent = self._first = 0
        self.acknowledged_at: dict[int, float] = {}
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Publisher:
        await self._client.start()
        await self._client.wait_connected(60)
        self._task = asyncio.create_task(self._publish())
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._stopping = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._client.close()

    @property
    def acknowledged(self) -> set[int]:
        """The ledger."""
        return set(self.acknowledged_at)

    async def stop(self) -> None:
        """Send no more; what is under way is finished."""
        self._stopping = True
        assert self._task is not None
        await self._task

    def forget(self) -> None:
        """Begin a new ledger with what is sent from now on: what is under way may have met no subscriber yet."""
        self._first = self.sent
        self.acknowledged_at.clear()

    async def _publish(self) -> None:
        due_s = time.monotonic()
        while not self._stopping:
            numbers = range(self.sent, self.sent + self._batch)
            self.sent += self._batch
            await self._client.publish_many(
                [
                    Publication(self._topic.format(device=n % 10), json.dumps(self.payload(n)).encode(), 1)
                    for n in numbers
                ]
            )
            now_s = time.monotonic()
            if numbers.start >= self._first:
                self.acknowledged_at.update(dict.fromkeys(numbers, now_s))
            due_s = max(now_s - 0.5, due_s + self._batch / self.rate) if self.rate else now_s + 0.005
            await asyncio.sleep(max(0.0, due_s - now_s))


def stored(db: Path) -> list[int]:
    """The numbers in the SQLite table `received`, repetitions included."""
    if not db.exists():
        return []
    with closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True)) as connection:
        try:
            return [int(row[0]) for row in connection.execute("SELECT n FROM received")]
        except sqlite3.OperationalError:
            return []
