"""Reports at a fixed rate into a running example, and when each is seen again behind it. No processes, no figures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import msgspec

from bench.example_loads import Load
from nodes.clients.mqtt import Incoming, MqttClient, MqttSettings, Publication
from nodes.simulator.families import Topic
from nodes.simulator.pty_port import PtyPort

TICK_S = 0.02
FULL = 429


class Way(Protocol):
    """How reports go in."""

    async def send(self, messages: Sequence[Topic]) -> None:
        """Return once they are taken."""


class ByBroker:
    """Published with QoS 1."""

    def __init__(self, client: MqttClient):
        self._client = client

    async def send(self, messages: Sequence[Topic]) -> None:
        """Return once the broker has them."""
        await self._client.publish_many([Publication(m.name, msgspec.json.encode(m.payload), 1) for m in messages])


class ByHttp:
    """Posted with a token, those of one moment side by side, each again while the line is full."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str):
        self._session, self._url, self._headers = session, url, {"Authorization": f"Bearer {token}"}

    async def send(self, messages: Sequence[Topic]) -> None:
        """Return once they are taken."""
        await asyncio.gather(*(self._post(message.payload) for message in messages))

    async def _post(self, payload: Any) -> None:
        while True:
            async with self._session.post(self._url, json=payload, headers=self._headers) as answer:
                if answer.status != FULL:
                    answer.raise_for_status()
                    return
            await asyncio.sleep(TICK_S)


class ByPort:
    """Written to a pseudo terminal."""

    def __init__(self, link: Path):
        self._port = PtyPort(link)

    async def send(self, messages: Sequence[Topic]) -> None:
        """Return once the line has taken them; waits while the host does not read."""
        for message in messages:
            rest: bytes = message.payload
            while rest := rest[self._port.write(rest) :]:  # noqa: ASYNC110 - a terminal tells nobody that it has room
                await asyncio.sleep(0.001)

    def close(self) -> None:
        """The device is gone."""
        self._port.unplug()


class Driver:
    """Numbers reports, sends them when they are due, and remembers when; and when they were heard."""

    def __init__(self, load: Load, way: Way):
        self._load, self._way = load, way
        self._due_s: dict[Any, float] = {}
        self._last_us = 0
        self.due: list[float] = []
        """When each report was due, in order."""

        self.messages = 0
        self.took_s: list[float] = []
        """From when a report was due to when it was heard."""

    async def run(self, rate: float, seconds: float) -> float:
        """`rate` reports a second; how many a second there really were."""
        began_s = time.time()
        sent, wanted = 0, round(rate * seconds)
        while sent < wanted:
            now_s = time.time()
            due = min(wanted, int((now_s - began_s) * rate) + 1)
            batch: list[Topic] = []
            for number in range(sent, due):
                batch += self._report(began_s + number / rate)
            self.messages += len(batch)
            sent = due
            if batch:
                await self._way.send(batch)
            await asyncio.sleep(max(0.0, TICK_S - (time.time() - now_s)))
        return sent / max(seconds, time.time() - began_s)

    def heard(self, lines: Sequence[bytes | str]) -> None:
        """These lines came just now."""
        now_s = time.time()
        for line in lines:
            mark = self._load.mark(msgspec.json.decode(line))
            due_s = self._due_s.pop(mark, None) if mark is not None else None
            if due_s is not None:
                self.took_s.append(now_s - due_s)

    def _report(self, due_s: float) -> Sequence[Topic]:
        number = len(self.due)
        self._last_us = max(self._last_us + 1, round(due_s * 1e6))  # no two reports have the same time
        stamp = datetime.fromtimestamp(self._last_us / 1e6, UTC).isoformat(timespec="microseconds")[:-6] + "Z"
        self.due.append(due_s)
        self._due_s[self._load.marked_by(number, stamp)] = due_s
        return self._load.report(number, stamp)


@asynccontextmanager
async def listening(driver: Driver, live: str, http: str, client: MqttClient) -> AsyncIterator[None]:
    """Tells the driver what comes out at `live`."""
    if live.startswith("mqtt:"):

        def take(packets: Sequence[Incoming]) -> None:
            subscription.ack(packets)
            driver.heard([packet.payload for packet in packets])

        subscription = client.subscribe(live.removeprefix("mqtt:"), take)
        await subscription.ready()
        yield
        return
    async with aiohttp.ClientSession() as session, session.ws_connect(http + live) as socket:

        async def listen() -> None:
            async for frame in socket:
                driver.heard(frame.data.splitlines())

        task = asyncio.create_task(listen())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def answering(answer: tuple[str, Callable[[Any], Topic]], client: MqttClient) -> AsyncIterator[None]:
    """A device that answers at once whatever it hears."""
    filter_, said = answer
    tasks: set[asyncio.Task[None]] = set()

    def take(packets: Sequence[Incoming]) -> None:
        subscription.ack(packets)
        topics = [said(msgspec.json.decode(packet.payload)) for packet in packets]
        sending = [Publication(topic.name, msgspec.json.encode(topic.payload), 1) for topic in topics]
        tasks.add(task := asyncio.create_task(client.publish_many(sending)))
        task.add_done_callback(tasks.discard)

    subscription = client.subscribe(filter_, take)
    await subscription.ready()
    yield


def connected(url: str) -> MqttClient:
    """A client for the reports, not started yet."""
    return MqttClient(MqttSettings(url=url, client_id="bench devices"))
