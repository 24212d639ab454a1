"""A real VictoriaMetrics: takes Influx line protocol, gives every sample back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.http import answers, fetch
from tests.servers.ports import next_free_port
from tests.servers.process import ServerProcess, lent, program, server_folder, serving


class VictoriaMetrics(ServerProcess):
    """The server; write to `url` + `/write` or `/api/v2/write`. A field becomes the metric `measurement_field`."""

    def __init__(self, folder: Path) -> None:
        port = next_free_port()
        command = [
            program("victoria-metrics", "victoria-metrics"), f"-storageDataPath={folder / 'data'}",
            f"-httpListenAddr=127.0.0.1:{port}", "-retentionPeriod=100y", "-search.latencyOffset=0s",
            "-memory.allowedBytes=256MB",
        ]  # fmt: skip
        super().__init__(command, folder, port, ready=lambda: answers(f"{self.url}/health"))

    @property
    def url(self) -> str:
        """Base URL without a trailing slash."""
        return f"http://{self.host}:{self.port}"

    def export(self, match: str) -> list[dict[str, Any]]:
        """Every stored sample of the series that match (PromQL selector): metric, values, timestamps in ms."""
        fetch(f"{self.url}/internal/force_flush")
        lines = fetch(f"{self.url}/api/v1/export", {"match[]": match}).splitlines()
        return [json.loads(line) for line in lines]

    def query(self, promql: str, time_s: float) -> list[dict[str, Any]]:
        """The instant vector at a time in seconds."""
        fetch(f"{self.url}/internal/force_flush")
        answer = json.loads(fetch(f"{self.url}/api/v1/query", {"query": promql, "time": str(time_s)}))
        return list(answer["data"]["result"])


@pytest.fixture(scope="session")
def victoria_metrics_session() -> Iterator[VictoriaMetrics]:
    """The server that all tests of one worker share."""
    with server_folder("victoria-metrics") as folder, serving(VictoriaMetrics(folder)) as server:
        yield server


@pytest.fixture
def victoria_metrics(victoria_metrics_session: VictoriaMetrics) -> Iterator[VictoriaMetrics]:
    """A running VictoriaMetrics; break it as you like: the next test finds it running. Use measurements of your own."""
    yield from lent(victoria_metrics_session)
