"""A real RabbitMQ: durable queues on its disk before it confirms. No client lives here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.ports import next_free_port
from tests.servers.process import ServerProcess, give_to_server, lent, program, server_folder, serving

SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
MAX_MESSAGE_BYTES = 1_000_000


class RabbitServer(ServerProcess):
    """The broker; it has the user `guest` and the virtual host `/`."""

    def __init__(self, folder: Path) -> None:
        port, self._names_port, nodes_port = next_free_port(), next_free_port(), next_free_port()
        config, plugins = folder / "rabbitmq.conf", folder / "plugins"
        config.write_text(
            f"listeners.tcp.1 = 127.0.0.1:{port}\nmax_message_size = {MAX_MESSAGE_BYTES}\n"
            "vm_memory_high_watermark.absolute = 400MB\ndisk_free_limit.absolute = 10MB\nlog.console = true\n"
        )
        plugins.write_text("[].\n")
        for file in (config, plugins):
            give_to_server(file)
        environment = {
            "HOME": folder, "ERL_EPMD_PORT": self._names_port, "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"r{port}@localhost", "RABBITMQ_DIST_PORT": nodes_port,
            "RABBITMQ_CONFIG_FILE": config, "RABBITMQ_ENABLED_PLUGINS_FILE": plugins,
            "RABBITMQ_MNESIA_BASE": folder / "data", "RABBITMQ_LOG_BASE": folder / "log",
            "RABBITMQ_CONF_ENV_FILE": folder / "none", "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
        }  # fmt: skip
        program("rabbitmq-server", "rabbitmq-server")  # which may be called by its own account only; hence SERVER
        # Names of nodes are served by a process of this server's own, which goes with it; else it starts one for ever.
        both = f"{program('epmd', 'erlang-base')} & exec {SERVER}"
        command = ["env", *(f"{name}={value}" for name, value in environment.items()), "sh", "-c", both]
        super().__init__(command, folder, port)

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"amqp://{self.host}:{self.port}"


@pytest.fixture(scope="session")
def rabbitmq_session() -> Iterator[RabbitServer]:
    """The broker that all tests of one worker share."""
    with server_folder("rabbitmq") as folder, serving(RabbitServer(folder)) as server:
        yield server


@pytest.fixture
def rabbitmq_server(rabbitmq_session: RabbitServer) -> Iterator[RabbitServer]:
    """A running broker; break it as you like: the next test finds it running. Use queues of your own names."""
    yield from lent(rabbitmq_session)
