"""F1 and F2 without an engine. `python by_hand.py f1|f2 MQTT_PORT SINK_URL QOS STEPS`."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from typing import Any

import aiohttp
import aiomqtt

BATCH, FLUSH_S = 100, 5.0


async def main(flow: str, port: int, sink: str, qos: int, steps: int) -> None:
    """Run until stopped."""
    async with (
        aiomqtt.Client("127.0.0.1", port, identifier="bench", max_queued_incoming_messages=100_000) as client,
        aiohttp.ClientSession() as session,
    ):
        await client.subscribe("farm/#", qos=qos)
        if flow == "f1":
            await to_database(client, session, f"{sink}/api/v2/write?org=o&bucket=b&precision=ms")
        else:
            await to_broker(client, steps)


async def to_database(client: aiomqtt.Client, session: aiohttp.ClientSession, url: str) -> None:
    """JSON, the latest of each sensor, batches of line protocol."""
    latest: dict[tuple[str, str], Any] = {}
    lines: list[str] = []
    flush_at_s = asyncio.get_running_loop().time() + FLUSH_S
    async for message in client.messages:
        _, site, device, _, sensor = str(message.topic).split("/")
        fields = json.loads(message.payload)
        time_ms = round(datetime.fromisoformat(fields.pop("time")).timestamp() * 1000)
        latest[device, sensor] = fields, time_ms
        written = ",".join(f"{name}={value}" for name, value in fields.items() if isinstance(value, int | float))
        lines.append(f"telemetry,site={site},device={device},sensor={sensor} {written} {time_ms}")
        if len(lines) >= BATCH or asyncio.get_running_loop().time() >= flush_at_s:
            async with session.post(url, data="\n".join(lines).encode()) as answer:
                answer.raise_for_status()
            lines.clear()
            flush_at_s = asyncio.get_running_loop().time() + FLUSH_S


async def to_broker(client: aiomqtt.Client, steps: int) -> None:
    """A property is set by each step."""
    async for message in client.messages:
        properties: dict[str, int] = {}
        for step in range(steps):
            properties = {**properties, "x": step}
        await client.publish("out/x", message.payload, qos=0)


if __name__ == "__main__":
    flow, port, sink, qos, steps = sys.argv[1:]
    asyncio.run(main(flow, int(port), sink, int(qos), int(steps)))
