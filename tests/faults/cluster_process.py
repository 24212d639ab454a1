"""Workers of a cluster as processes of their own, to be killed, frozen and looked at from outside."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.faults.logged_process import LoggedProcess
from tests.servers.nats import NatsCluster
from tests.servers.separate_network import SeparateNetwork
from tests.waiting import until


class WorkerProcess(LoggedProcess):
    """`flowengine worker`, with a data folder that outlives it."""

    def __init__(self, folder: Path, name: str, options: list[str], words: Sequence[str] = ()):
        super().__init__(folder / f"{name}.log", words=words)
        self.name = name
        self._arguments = ["--name", name, "--data", str(folder / name), "--allow-files", str(folder), *options]

    async def start(self) -> None:
        """Start, and return once it takes part."""
        before = self.says(f"worker {self.name}")
        await self.run("worker", *self._arguments)
        await until(lambda: self.alive() and self.says(f"worker {self.name}") > before)


class ClusterProcesses:
    """Some workers on the servers of a test, in a name space of their own."""

    def __init__(self, folder: Path, nats: NatsCluster, name: str):
        self._folder = folder
        self.options = ["--nats", nats.urls, "--replicas", str(nats.replicas), "--name-space", name]
        self._numbers = itertools.count(1)
        self.workers: list[WorkerProcess] = []

    async def __aenter__(self) -> ClusterProcesses:
        return self

    async def __aexit__(self, *exc: object) -> None:
        for worker in self.workers:
            await worker.kill()

    def reach(self, urls: str) -> None:
        """The servers at these addresses, from now on."""
        self.options[1] = urls

    async def add(self, *options: str, far: SeparateNetwork | None = None) -> WorkerProcess:
        """One more worker, running, perhaps in a network of its own."""
        words = far.words if far is not None else ()
        worker = WorkerProcess(self._folder, f"w{next(self._numbers)}", [*self.options, *options], words)
        self.workers.append(worker)
        await worker.start()
        return worker

    async def command(self, *words: str) -> str:
        """What `flowengine …` prints; fails where it does."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "flowengine", *words, *self.options,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode()

    async def deploy(self, text: str) -> str:
        """Have the cluster run this flow."""
        folder = self._folder / "flows"
        folder.mkdir(exist_ok=True)
        (folder / "flow.yaml").write_text(text)
        return await self.command("deploy", str(folder), "--data", str(self._folder / "deploy"),
                                  "--allow-files", str(self._folder))  # fmt: skip

    async def status(self) -> dict[str, Any]:
        """What `flowengine cluster status` says."""
        found: dict[str, Any] = json.loads(await self.command("cluster", "status", "--format", "json"))
        return found
