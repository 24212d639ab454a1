"""The engine as a process of its own, to be killed, signalled and measured from outside."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil

from tests.faults.logged_process import LoggedProcess
from tests.servers.ports import next_free_port
from tests.waiting import eventually, until


class EngineProcess(LoggedProcess):
    """`flowengine run` on one flow, with a data folder that outlives it, and with its conservation ledger.

    `options` come behind the command, all else as for any `LoggedProcess`.
    """

    def __init__(
        self,
        folder: Path,
        flow: str,
        *,
        options: Sequence[str] = (),
        words: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        module: str = "flowengine",
        editor: bool = False,
    ):
        super().__init__(folder / "engine.log", words=words, environment=environment, module=module)
        self.folder = folder
        self.file = folder / "flow.yaml"
        self.file.write_text(flow)
        self.data = folder / "data"
        self.port = next_free_port()
        self._options = [*options] if editor else ["--no-editor", *options]
        # Whoever names files and folders in the environment lets flows have them.
        for where in sorted({_folder(Path(text)) for text in self._environment.values() if Path(text).exists()}):
            self._options += ["--allow-files", str(where)]

    async def __aenter__(self) -> EngineProcess:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.kill()

    @property
    def url(self) -> str:
        """Where it serves, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start and return once its flows run, whether or not their far sides are there."""
        await self.run(
            "run", str(self.file), "--ledger", "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}",
            *self._options,
        )  # fmt: skip
        await eventually(lambda: self.get("/readyz"), self._has_started, pause_s=0.02)

    def _has_started(self, answer: tuple[int, str]) -> bool:
        self.alive()
        return "starting" not in answer[1]

    def write_flow(self, text: str) -> None:
        """Replace the flow file at once, as an editor does."""
        temporary = self.file.with_suffix(".tmp")
        temporary.write_text(text)
        os.replace(temporary, self.file)

    async def deploy(self, text: str) -> None:
        """Apply a changed flow as SIGHUP does, and return when it runs."""
        plan = f"{self.file}: flow "
        told = self.says(plan)
        self.write_flow(text)
        self.signal(signal.SIGHUP)
        await until(lambda: self.says(plan) > told)

    async def metrics(self) -> dict[str, float]:
        """Every sample by its name with labels."""
        status, text = await self.get("/metrics")
        assert status == 200, text
        lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in lines}

    async def metric(self, name: str, **labels: str) -> float:
        """The sum of all samples of that name (without `flowengine_`) with these labels."""
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return sum(
            value
            for sample, value in (await self.metrics()).items()
            if sample.partition("{")[0] == f"flowengine_{name}" and all(label in sample for label in wanted)
        )

    async def get(self, path: str) -> tuple[int, str]:
        """Status and text of an answer; 0 and "starting" when nobody answers."""
        return await asyncio.to_thread(_get, self.url + path)

    @property
    def cpu_s(self) -> float:
        """Time of processors that it has taken."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    @property
    def rss_bytes(self) -> int:
        """Memory that it occupies now."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    @property
    def descriptors(self) -> int:
        """Files and sockets that it has open."""
        return int(psutil.Process(self.process.pid).num_fds())

    @property
    def threads(self) -> int:
        """Threads that it has."""
        return int(psutil.Process(self.process.pid).num_threads())


def _get(url: str) -> tuple[int, str]:
    try:
        with urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()
    except OSError:
        return 0, "starting"


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent
