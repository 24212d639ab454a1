"""The fleet's real connections: one MQTT client and one task for each device. Never here: what is published, when."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from flowengine.counts import count_of
from nodes.clients.mqtt import Birth, Closed, Incoming, MqttClient, MqttSettings, Publication, PublishRefused, Will
from nodes.simulator.fleet import OFFLINE, ONLINE
from nodes.simulator.fleet_device import FleetDevice

QUEUE_MESSAGES = 1000
BATCH = 100
KEEPALIVE_S = 30


@dataclass
class _Device:
    client: MqttClient
    queue: asyncio.Queue[tuple[int, Publication]]
    sender: asyncio.Task[None]


class FleetLinks:
    """Use as `async with FleetLinks(url, acknowledged) as links`; everything is closed at the end.

    A device's queue holds a thousand messages; beyond that the newest is lost and given to `lost`.
    """

    def __init__(self, url: str, username: str | None = None, password: str | None = None, prefix: str = "sim"):
        self.acknowledged: Callable[[int], None] = lambda number: None
        self.lost: Callable[[int], None] = lambda number: None
        self.commanded: Callable[[FleetDevice, bytes], None] = lambda device, payload: None
        self._url, self._username, self._password, self._prefix = url, username, password, prefix
        self._devices: dict[str, _Device] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "FleetLinks":
        """Nothing to open before the first device connects."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close every connection."""
        await asyncio.gather(*(self._close(device) for device in self._devices.values()), return_exceptions=True)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def trouble(self) -> str:
        """How many devices are not connected, and why; empty while all are."""
        away = [device.client for device in self._devices.values() if not device.client.connected]
        fault = next((client.last_error for client in away if client.last_error is not None), None)
        of = count_of(len(self._devices), "device")
        return f"{len(away)} of {of} not connected: {fault}" if fault is not None else ""

    def connect(self, device: FleetDevice) -> None:
        """Connect, with a will; publish the birth at each connect."""
        self._start(self._connect(device))

    def publish(self, number: int, device: FleetDevice, topic: str, payload: bytes, retain: bool) -> None:
        """Queue it; `acknowledged` gets the number when the broker has it."""
        found = self._devices.get(device.name)
        try:
            if found is None:
                raise asyncio.QueueFull
            found.queue.put_nowait((number, Publication(topic, payload, 1, retain)))
        except asyncio.QueueFull:
            self.lost(number)

    def leave(self, device: FleetDevice) -> None:
        """Say farewell: a broker sends no will then."""
        found = self._devices.pop(device.name, None)
        if found is not None:
            self._start(self._close(found))

    def reset(self, device: FleetDevice) -> None:
        """Break the connection; the client comes back by itself."""
        found = self._devices.get(device.name)
        if found is not None:
            found.client.drop("the simulated device lost its network")

    def take_over(self, device: FleetDevice) -> None:
        """Connect a second time under the same id; the broker throws the first one out."""
        self._start(self._take_over(device))

    async def _connect(self, device: FleetDevice) -> None:
        client = MqttClient(self._settings(device))
        queue: asyncio.Queue[tuple[int, Publication]] = asyncio.Queue(QUEUE_MESSAGES)
        sender = asyncio.create_task(self._send(client, queue), name=f"send {device.name}")
        self._devices[device.name] = _Device(client, queue, sender)
        _listen(client, device, self.commanded)
        await client.start()

    async def _take_over(self, device: FleetDevice) -> None:
        former = self._devices.get(device.name)
        if former is None:
            return
        second = MqttClient(self._settings(device))
        _listen(second, device, self.commanded)
        await second.start()
        with contextlib.suppress(TimeoutError):
            await second.wait_connected(5.0)
        await former.client.close()
        former.sender.cancel()
        sender = asyncio.create_task(self._send(second, former.queue), name=f"send {device.name}")
        self._devices[device.name] = _Device(second, former.queue, sender)

    async def _send(self, client: MqttClient, queue: asyncio.Queue[tuple[int, Publication]]) -> None:
        """Publish what is queued, again and again until the broker has it."""
        while True:
            batch = [await queue.get()]
            while len(batch) < BATCH and not queue.empty():
                batch.append(queue.get_nowait())
            try:
                await client.publish_many([publication for _, publication in batch])
                refused: dict[int, str] = {}
            except PublishRefused as fault:
                refused = fault.rows
            except Closed:
                refused = dict.fromkeys(range(len(batch)), "closed")
            for row, (number, _) in enumerate(batch):
                self.lost(number) if row in refused else self.acknowledged(number)
                queue.task_done()

    async def _close(self, device: _Device) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2.0):
                if device.client.connected:
                    await device.queue.join()
        device.sender.cancel()
        await device.client.close()

    def _settings(self, device: FleetDevice) -> MqttSettings:
        retained = device.births_retained
        return MqttSettings(
            url=self._url,
            username=self._username,
            password=self._password,
            client_id=f"{self._prefix}-{device.name}",
            keepalive_s=KEEPALIVE_S,
            session_expiry_s=0,
            will=Will(device.status_topic, OFFLINE, retain=retained),
            birth=Birth(device.status_topic, ONLINE, retain=retained),
        )

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _listen(client: MqttClient, device: FleetDevice, commanded: Callable[[FleetDevice, bytes], None]) -> None:
    heard, _ = device.command_topics
    if not heard:
        return

    def take(packets: Sequence[Incoming]) -> None:
        for packet in packets:
            commanded(device, bytes(packet.payload))
        subscription.ack(packets)

    subscription = client.subscribe(heard, take)
