"""The protocol of Kafka by librdkafka's mock broker, in RAM: PyPI and Debian have no real one. No client lives here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.ports import next_free_port
from tests.servers.process import ServerProcess, lent, server_folder, serving

_SERVE = """
import sys, time
from confluent_kafka.admin import AdminClient
admin = AdminClient({"test.mock.num.brokers": 1, "log_level": 0})
broker = next(iter(admin.list_topics(timeout=30).brokers.values()))
print(f"{broker.host}:{broker.port}", flush=True)
while True:
    time.sleep(3600)
"""


class KafkaServer(ServerProcess):
    """One broker; it makes topics of four partitions as they are named, and chooses its port anew at each start."""

    def __init__(self, folder: Path) -> None:
        super().__init__([sys.executable, "-c", _SERVE], folder, next_free_port(), ready=self._has_spoken)

    def _has_spoken(self) -> bool:
        told = self.log_file.read_text().splitlines()
        if told:
            self.port = int(told[-1].rpartition(":")[2])
        return bool(told)

    @property
    def address(self) -> str:
        """Where clients connect."""
        return f"{self.host}:{self.port}"


@pytest.fixture(scope="session")
def kafka_session() -> Iterator[KafkaServer]:
    """The broker that all tests of one worker share."""
    with server_folder("kafka") as folder, serving(KafkaServer(folder)) as server:
        yield server


@pytest.fixture
def kafka_server(kafka_session: KafkaServer) -> Iterator[KafkaServer]:
    """A running broker; freeze it as you like: the next test finds it running. Use topics of your own names."""
    yield from lent(kafka_session)
