"""How a simulated class reaches an engine: students by HTTP, the robot by MQTT or USB. Never here: what they say."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import msgspec

from nodes.clients.mqtt import Incoming, MqttClient, MqttSettings, Publication, Subscription
from nodes.servers.http.session import token_for
from nodes.simulator.pty_port import PtyPort

TIMEOUT_S = 20.0
MOST_WAITING = 1000
LONGEST_LINE_BYTES = 64 * 1024


class RobotLink(Protocol):
    """The robot's connection."""

    async def open(self) -> None:
        """Begin."""

    async def close(self) -> None:
        """End."""

    def say(self, message: dict[str, Any]) -> None:
        """Send; what cannot be sent waits, up to a limit."""

    def heard(self) -> list[Any]:
        """What came since."""


class MqttLink:
    """The robot on topics: orders from missions/+/submit and control/+, results to missions/+/result."""

    def __init__(self, settings: MqttSettings):
        self._client = MqttClient(settings)
        self._heard: deque[Incoming] = deque(maxlen=MOST_WAITING)
        self._missions: dict[str, str] = {}
        self._subscriptions: list[Subscription] = []
        self._queue: asyncio.Queue[Publication] = asyncio.Queue(MOST_WAITING)

    async def open(self) -> None:
        """Connect whenever the broker is there."""
        await self._client.start()
        for topic in ("m5stack/missions/+/submit", "m5stack/control/+"):
            self._listen(topic)
        self._sender = asyncio.create_task(self._send(), name="the robot's results")

    async def ready(self) -> None:
        """Return once it hears orders: what is published before is lost to it."""
        for subscription in self._subscriptions:
            await subscription.ready()

    async def close(self) -> None:
        """Say farewell."""
        self._sender.cancel()
        await asyncio.gather(self._sender, return_exceptions=True)
        await self._client.close()

    def say(self, message: dict[str, Any]) -> None:
        """Queue it; beyond a thousand the newest is lost."""
        topic = "m5stack/system/heartbeat"
        if message["type"] == "result":
            topic = f"m5stack/missions/{self._missions.pop(message['submission'], '0')}/result"
        if not self._queue.full():
            self._queue.put_nowait(Publication(topic, msgspec.json.encode(message), 1))

    def heard(self) -> list[Any]:
        """Orders since the last look."""
        found = [self._order(packet) for packet in self._heard]
        self._heard.clear()
        return found

    def _listen(self, topic: str) -> None:
        def take(packets: Sequence[Incoming]) -> None:
            self._heard.extend(packets)
            subscription.ack(packets)

        subscription = self._client.subscribe(topic, take)
        self._subscriptions.append(subscription)

    def _order(self, packet: Incoming) -> Any:
        _, kind, name, *_ = packet.topic.split("/")
        if kind == "control":
            return {"type": name}
        try:
            order = msgspec.json.decode(packet.payload)
            self._missions[str(order["submission"])] = name
        except (msgspec.DecodeError, TypeError, KeyError):
            return None
        return order

    async def _send(self) -> None:
        while True:
            publication = await self._queue.get()
            await self._client.publish_many([publication])


class UsbLink:
    """The robot on a pseudo terminal: a JSON line each way."""

    def __init__(self, link: Path):
        self._link = link
        self._rest = b""

    async def open(self) -> None:
        """Plug in."""
        self._port = PtyPort(self._link)

    async def close(self) -> None:
        """Unplug."""
        self._port.unplug()

    def say(self, message: dict[str, Any]) -> None:
        """Write a line; nobody hears it where no host has the port open."""
        self._port.write(msgspec.json.encode(message) + b"\n")

    def heard(self) -> list[Any]:
        """Orders since the last look; a line that is no JSON is left out."""
        *lines, self._rest = (self._rest + self._port.read()).split(b"\n")
        self._rest = self._rest[-LONGEST_LINE_BYTES:]
        return [order for line in lines if (order := _decoded(line)) is not None]


class ClassroomLinks:
    """Use as `async with`; `look` hands over what came to `hear` and `answered`."""

    def __init__(self, url: str, key: str, robot: RobotLink):
        self.hear: Callable[[Any], None] = lambda order: None
        self.answered: Callable[[str, int], None] = lambda id, status: None
        self.say = robot.say
        self._url, self._robot = url, robot
        self._key = key
        self._answers: deque[tuple[str, int]] = deque()
        self._requests: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> ClassroomLinks:
        """Connect."""
        timeout = aiohttp.ClientTimeout(TIMEOUT_S)
        self._http = aiohttp.ClientSession(self._url, timeout=timeout)
        await self._robot.open()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Give up what is under way."""
        for request in self._requests:
            request.cancel()
        await asyncio.gather(*self._requests, return_exceptions=True)
        await self._http.close()
        await self._robot.close()

    def submit(self, id: str, user: int, body: bytes) -> None:
        """Post it in the session of a student."""
        request = asyncio.create_task(self._post(id, user, body), name=f"submission {id}")
        self._requests.add(request)
        request.add_done_callback(self._requests.discard)

    def look(self) -> None:
        """Hand over what came since the last look."""
        while self._answers:
            self.answered(*self._answers.popleft())
        for order in self._robot.heard():
            self.hear(order)

    async def _post(self, id: str, user: int, body: bytes) -> None:
        status, token = 0, token_for(self._key, sub=str(user), role="student")
        try:
            async with self._http.post(
                "/api/submit", data=body, headers={"Authorization": f"Bearer {token}"}
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError):
            pass
        self._answers.append((id, status))


def _decoded(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except msgspec.DecodeError:
        return None
