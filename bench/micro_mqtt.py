"""CPU per message of the MQTT client against mosquitto. Usage: python bench/micro_mqtt.py [messages]

Prints one line per case: version, QoS, messages/s by the wall, CPU us per message (this process only), messages per
read. The publisher is a process of its own. Receiving makes one tuple per message and acknowledges each batch.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nodes.clients.mqtt import Incoming, MqttClient, MqttSettings, Publication

PORT = 18_877
PAYLOAD = b'{"device":"dev042","ts":1700000000000,"value":21.53,"unit":"C","seq":12345,"ok":true}'
CONFIG = f"""listener {PORT} 127.0.0.1
listener {PORT + 1} 127.0.0.1
protocol websockets
allow_anonymous true
max_queued_messages 0
max_inflight_messages 0
log_type error
"""


def settings(version: str, name: str, scheme: str = "mqtt") -> MqttSettings:
    port = PORT + (scheme == "ws")
    return MqttSettings(
        url=f"{scheme}://127.0.0.1:{port}", version=version, client_id=name, clean_start=True, session_expiry_s=0
    )


async def publish(version: str, qos: int, count: int) -> None:
    """The load: `count` messages over 1,000 topics, in bursts of 50."""
    client = MqttClient(settings(version, "load"))
    await client.start()
    await client.wait_connected(5)
    topics = [f"plant/line{n % 10}/dev{n:03}/temp" for n in range(1000)]
    batches = [[Publication(topics[(at + n) % 1000], PAYLOAD, qos) for n in range(50)] for at in range(0, 1000, 50)]
    started_s, started_cpu_s = time.perf_counter(), time.process_time()
    pending: set[asyncio.Task[None]] = set()
    for at in range(0, count, 50):
        pending.add(asyncio.create_task(client.publish_many(batches[at // 50 % len(batches)])))
        if len(pending) >= 20:
            _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(*pending)
    cpu_us = (time.process_time() - started_cpu_s) / count * 1e6
    rate = count / (time.perf_counter() - started_s)
    print(f"  publish {version:5} QoS {qos}: {rate:8.0f}/s, {cpu_us:5.2f} us CPU/message", flush=True)
    await client.close()


async def receive(version: str, qos: int, count: int, scheme: str = "mqtt") -> None:
    """Receive `count`, a tuple each, and print what it took."""
    client = MqttClient(settings(version, "sink", scheme))
    await client.start()
    await client.wait_connected(5)
    seen = batches = 0
    marks = [0.0, 0.0]
    done = asyncio.Event()

    def on_batch(batch: list[Incoming]) -> None:
        nonlocal seen, batches
        if not seen:
            marks[:] = time.perf_counter(), time.process_time()
        made = [(packet.topic, packet.payload, packet.retain) for packet in batch]
        seen += len(made)
        batches += 1
        subscription.ack(batch)
        if seen >= count:
            done.set()

    subscription = client.subscribe("plant/#", on_batch, qos=qos)
    await subscription.ready()
    load = await asyncio.create_subprocess_exec(sys.executable, __file__, "load", version, str(qos), str(count))
    async with asyncio.timeout(120):
        await done.wait()
    cpu_us = (time.process_time() - marks[1]) / seen * 1e6
    rate = seen / (time.perf_counter() - marks[0])
    label = f"{scheme} {version}"
    print(f"receive {label:9} QoS {qos}: {rate:8.0f}/s, {cpu_us:5.2f} us CPU/message, {seen / batches:6.1f} per read")
    await load.wait()
    await client.close()


async def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "mosquitto.conf")
        config.write_text(CONFIG)
        broker = subprocess.Popen(["mosquitto", "-c", str(config)])
        try:
            await asyncio.sleep(0.3)
            for version in ("5", "3.1.1"):
                for qos in (0, 1, 2):
                    await receive(version, qos, count if qos < 2 else count // 5)
            await receive("5", 1, count // 5, "ws")
        finally:
            broker.terminate()
            broker.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["load"]:
        asyncio.run(publish(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
    else:
        asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
