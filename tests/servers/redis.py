"""A real Redis, with every write on its disk before it answers. No client lives here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.ports import next_free_port
from tests.servers.process import ServerProcess, lent, program, server_folder, serving


class RedisServer(ServerProcess):
    """The server; `url` leads to its first database."""

    def __init__(self, folder: Path) -> None:
        port = next_free_port()
        on_disk = {"dir": folder, "appendonly": "yes", "appendfsync": "always", "save": ""}
        options = {"port": port, "bind": "127.0.0.1", **on_disk}
        command = [program("redis-server", "redis-server")]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        super().__init__(command, folder, port)

    @property
    def url(self) -> str:
        """`redis://` URL."""
        return f"redis://{self.host}:{self.port}/0"


@pytest.fixture(scope="session")
def redis_session() -> Iterator[RedisServer]:
    """The server that all tests of one worker share."""
    with server_folder("redis") as folder, serving(RedisServer(folder)) as server:
        yield server


@pytest.fixture
def redis_server(redis_session: RedisServer) -> Iterator[RedisServer]:
    """A running Redis; break it as you like: the next test finds it running. Use keys of your own names."""
    yield from lent(redis_session)
