"""A real PostgreSQL with one database and a password. No schema of any test lives here."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.ports import next_free_port
from tests.servers.process import ServerProcess, give_to_server, lent, program, run_to_end, server_folder, serving


def _tool(name: str) -> str:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    return program(name, "postgresql", *map(str, versions))


class Postgres(ServerProcess):
    """The database server; `url` is a superuser's on an empty database of its own."""

    user, password, database = "flow", "s3cret-of-flow", "postgres"
    polite_signal = signal.SIGINT  # "fast": SIGTERM would wait for clients to leave

    def __init__(self, folder: Path) -> None:
        port, data = next_free_port(), folder / "data"
        secret = folder / "password"
        secret.write_text(self.password)
        give_to_server(secret)
        run_to_end(
            [_tool("initdb"), "-D", str(data), "-U", self.user, "--auth=scram-sha-256", f"--pwfile={secret}",
             "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
            folder,
        )  # fmt: skip
        # fsync=off survives kill -9 (the page cache does), only not a power cut
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": folder,
            "fsync": "off",
            "timezone": "UTC",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        ready = [_tool("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-U", self.user, "-d", self.database]
        command = [_tool("postgres"), "-D", str(data), "-p", str(port), *options]
        super().__init__(command, folder, port, ready=lambda: _succeeds(ready))

    @property
    def url(self) -> str:
        """`postgresql://` URL with password."""
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{self.database}"


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, check=False, timeout=10).returncode == 0


@pytest.fixture(scope="session")
def postgres_session() -> Iterator[Postgres]:
    """The server that all tests of one worker share."""
    with server_folder("postgres") as folder, serving(Postgres(folder)) as server:
        yield server


@pytest.fixture
def postgres(postgres_session: Postgres) -> Iterator[Postgres]:
    """A running PostgreSQL; break it as you like: the next test finds it running. Use tables of your own names."""
    yield from lent(postgres_session)
