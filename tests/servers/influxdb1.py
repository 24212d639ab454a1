"""A real InfluxDB 1.x with one database. Debian's 1.6 has no `/api/v2/write`: VictoriaMetrics stands in for that."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.http import answers, fetch
from tests.servers.ports import next_free_port
from tests.servers.process import ServerProcess, give_to_server, lent, program, server_folder, serving


class InfluxDB1(ServerProcess):
    """The server; write to `url` + `/write?db=plant`."""

    database = "plant"

    def __init__(self, folder: Path) -> None:
        port, configuration = next_free_port(), folder / "influxdb.conf"
        configuration.write_text(
            f'reporting-disabled = true\nbind-address = "127.0.0.1:{next_free_port()}"\n'
            f'[meta]\n  dir = "{folder}/meta"\n'
            f'[data]\n  dir = "{folder}/data"\n  wal-dir = "{folder}/wal"\n  query-log-enabled = false\n'
            f'[http]\n  bind-address = "127.0.0.1:{port}"\n  log-enabled = false\n'
            "[monitor]\n  store-enabled = false\n"
        )
        give_to_server(configuration)
        command = [program("influxd", "influxdb"), "run", "-config", str(configuration)]
        super().__init__(command, folder, port, ready=lambda: answers(f"{self.url}/ping"))

    @property
    def url(self) -> str:
        """Base URL without a trailing slash."""
        return f"http://{self.host}:{self.port}"

    def start(self, timeout_s: float = 60) -> None:
        """Starts and makes sure of the database."""
        super().start(timeout_s)
        fetch(f"{self.url}/query", {"q": f'CREATE DATABASE "{self.database}"'}, data=b"")

    def query(self, influxql: str) -> list[dict[str, Any]]:
        """The rows of one statement as dictionaries, tags included; times are epoch nanoseconds."""
        answer = json.loads(fetch(f"{self.url}/query", {"db": self.database, "epoch": "ns", "q": influxql}))
        [result] = answer["results"]
        assert "error" not in result, result
        return [
            dict(zip(series["columns"], row, strict=True)) | series.get("tags", {})
            for series in result.get("series", [])
            for row in series["values"]
        ]


@pytest.fixture(scope="session")
def influxdb1_session() -> Iterator[InfluxDB1]:
    """The server that all tests of one worker share."""
    with server_folder("influxdb") as folder, serving(InfluxDB1(folder)) as server:
        yield server


@pytest.fixture
def influxdb1(influxdb1_session: InfluxDB1) -> Iterator[InfluxDB1]:
    """A running InfluxDB 1.x; break it as you like: the next test finds it running. Use measurements of your own."""
    yield from lent(influxdb1_session)
