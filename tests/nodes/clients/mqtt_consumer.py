"""A consumer process for the kill tests: writes each message to a file, syncs, then acknowledges. No test logic here.

Usage: python mqtt_consumer.py URL VERSION CLIENT_ID FILTER FILE
"""

import asyncio
import os
import sys

from nodes.clients.mqtt import Incoming, MqttClient, MqttSettings


async def main(url: str, version: str, client_id: str, filter_: str, path: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    client = MqttClient(MqttSettings(url=url, version=version, client_id=client_id))  # type: ignore[arg-type]
    loop = asyncio.get_running_loop()
    pending: list[Incoming] = []

    def on_batch(batch: list[Incoming]) -> None:
        if not pending:
            loop.call_later(0.01, flush)
        pending.extend(batch)

    def flush() -> None:
        os.write(file, b"".join(packet.payload + b"\n" for packet in pending))
        os.fdatasync(file)
        subscription.ack(pending)
        pending.clear()

    subscription = client.subscribe(filter_, on_batch, qos=1)
    await client.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
