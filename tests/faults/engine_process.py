"""The engine as a process of its own, to be killed; and a publisher that remembers what was acknowledged to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from urllib.request import urlopen

from nodes.clients.mqtt import MqttClient, MqttSettings, Publication
from tests.servers.ports import next_free_port


class EngineProcess:
    """`flowengine run` on one flow, with a data folder that outlives it."""

    def __init__(self, folder: Path, flow: str):
        self.folder = folder
        self.file = folder / "flow.yaml"
        self.file.write_text(flow)
        self.port = next_free_port()
        self.log = folder / "engine.log"
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> EngineProcess:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.kill()

    async def start(self) -> None:
        """Start and return once flows run."""
        with open(self.log, "ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "flowengine", "run", str(self.file),
                "--data", str(self.folder / "data"), "--listen", f"127.0.0.1:{self.port}", "--no-editor", "--watch",
                stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )  # fmt: skip
        async with asyncio.timeout(30):
            while not await self._serves():
                assert self._process.returncode is None, self.log.read_text()[-3000:]
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def terminate(self, within_s: float = 20) -> int:
        """SIGTERM; the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self._process.wait(), within_s)

    def write_flow(self, text: str) -> None:
        """Replace the flow file at once, as an editor does."""
        temporary = self.file.with_suffix(".tmp")
        temporary.write_text(text)
        os.replace(temporary, self.file)

    async def metrics(self) -> dict[str, float]:
        """Every sample by its name with labels."""
        text = await asyncio.to_thread(_get, f"http://127.0.0.1:{self.port}/metrics")
        lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in lines}

    async def _serves(self) -> bool:
        try:
            await asyncio.to_thread(_get, f"http://127.0.0.1:{self.port}/readyz")
        except OSError:
            return False
        return True


class Publisher:
    """Publishes numbered messages with QoS 1; `acknowledged` is the outside ledger."""

    def __init__(self, url: str, topic: str = "farm/d{device}/n", batch: int = 20):
        self._client = MqttClient(MqttSettings(url=url, client_id="publisher-of-the-test"))
        self._topic = topic
        self._batch = batch
        self.sent = 0
        self.acknowledged: set[int] = set()
        self._stopping = False

    async def __aenter__(self) -> Publisher:
        await self._client.start()
        await self._client.wait_connected(10)
        self._task = asyncio.create_task(self._publish())
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()
        await self._client.close()

    async def stop(self) -> None:
        """Send no more; what is under way is finished."""
        self._stopping = True
        await self._task

    async def _publish(self) -> None:
        while not self._stopping:
            numbers = range(self.sent, self.sent + self._batch)
            self.sent += self._batch
            await self._client.publish_many(
                [Publication(self._topic.format(device=n % 10), json.dumps({"n": n}).encode(), 1) for n in numbers]
            )
            self.acknowledged.update(numbers)
            await asyncio.sleep(0.005)


def _get(url: str) -> str:
    with urlopen(url, timeout=5) as answer:
        return str(answer.read().decode())


async def until(condition: object, within_s: float = 30.0, every_s: float = 0.05) -> None:
    """Return when `condition()` is true; raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while not condition():  # type: ignore[operator]  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(every_s)
