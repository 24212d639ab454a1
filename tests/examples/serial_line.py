"""The gateway's end of a serial line, byte by byte, and what a broker's subscriber hears. Knows no flow.

Frames are written here, not by the simulator, so that each is known.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from nodes.clients.mqtt import Incoming, MqttClient, MqttSettings
from nodes.codecs.crc.check import crc
from nodes.codecs.framing.frames import FrameDecoder, encode, unwrap
from nodes.simulator.pty_port import PtyPort

CRC = crc("crc-16/ibm-3740")


class Line:
    """The gateway's end of the line."""

    def __init__(self, link: Path):
        self._port = PtyPort(link)
        self._frames = FrameDecoder("cobs", unwrap("cobs"))
        self.heard: list[Any] = []
        """What the host wrote."""

    async def send(self, message: Any) -> None:
        """Return once the line has taken the whole frame."""
        rest = encode("cobs", CRC.append(msgspec.msgpack.encode(message)))
        while rest := rest[self._port.write(rest) :]:  # noqa: ASYNC110 - a terminal tells nobody that it has room
            await asyncio.sleep(0.001)

    @property
    def is_open(self) -> bool:
        """Whether the host has the port."""
        return self._port.is_open

    def listen(self) -> list[Any]:
        """All that the host wrote so far."""
        for frame in self._frames.feed(self._port.read())[0]:
            assert CRC.check(frame)
            self.heard.append(msgspec.msgpack.decode(frame[:-2]))
        return self.heard


def report(n: int) -> dict[str, Any]:
    """The n-th report of a device, measured now."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head = {"type": "telemetry", "site": "LAB", "device": "gw-01", "asset_id": "A-EN-01", "channel": "env"}
    return {**head, "metrics": {"t_c": 20.0, "n": n}, "idempotency_key": f"k{n}", "ts": at}


@asynccontextmanager
async def hearing(url: str, filter_: str) -> AsyncIterator[list[tuple[float, str, Any]]]:
    """What is published under a filter from now on: when, topic, payload."""
    client, heard = MqttClient(MqttSettings(url=url)), list[tuple[float, str, Any]]()
    await client.start()

    def take(packets: Sequence[Incoming]) -> None:
        subscription.ack(packets)
        heard.extend((time.monotonic(), packet.topic, json.loads(packet.payload)) for packet in packets)

    subscription = client.subscribe(filter_, take)
    try:
        await subscription.ready()
        yield heard
    finally:
        await client.close()
