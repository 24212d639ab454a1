"""A real mosquitto with an open, a TLS and a WebSocket door, and a guarded one. No MQTT client lives here."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers.certificates import Certificates, make_certificates
from tests.servers.ports import next_free_port
from tests.servers.process import ServerProcess, give_to_server, lent, program, run_to_end, server_folder, serving

# What the loss tests need: no queue of the broker's own drops a message; sessions are saved each second.
_DEFAULTS = {
    "persistence": "true",
    "autosave_interval": "1",
    "max_queued_messages": "0",
    "max_queued_bytes": "0",
    "sys_interval": "1",
}


class Mosquitto(ServerProcess):
    """The broker: `port` and `websocket_port` for anyone, `tls_port` by certificate.

    A guarded one has a `password_port` with an ACL as well. That takes `per_listener_settings`, with which
    mosquitto 2.0.21 keeps nothing for clients that are away.
    """

    user, password = "alice", "s3cret-of-alice"
    reader, reader_password = "reader", "s3cret-of-reader"

    def __init__(self, folder: Path, options: dict[str, str], guarded: bool = False) -> None:
        self.tls_port, self.password_port, self.websocket_port = (next_free_port() for _ in range(3))
        self.certificates: Certificates = make_certificates(folder)
        command = [program("mosquitto", "mosquitto"), "-c", str(folder / "mosquitto.conf")]
        super().__init__(command, folder, next_free_port())
        self._write_accounts()
        (folder / "mosquitto.conf").write_text(self._configuration(options, guarded))
        for path in folder.iterdir():
            give_to_server(path)

    @property
    def url(self) -> str:
        """URL of the open door."""
        return f"mqtt://{self.host}:{self.port}"

    def has(self, filter_: str) -> bool:
        """Whether somebody subscribed so, by its log: before, it drops what nobody asked for."""
        return f"{filter_} (QoS" in self.log_file.read_text(errors="replace")

    @property
    def saved_ns(self) -> int:
        """When it put its sessions on disk last, as it does once a second; 0 for never."""
        file = self.folder / "mosquitto.db"
        return file.stat().st_mtime_ns if file.exists() else 0

    def _write_accounts(self) -> None:
        passwords = self.folder / "passwords"
        tool = program("mosquitto_passwd", "mosquitto")
        for option, user, password in (
            ["-c", self.user, self.password],
            ["", self.reader, self.reader_password],
        ):
            run_to_end([tool, "-b", *filter(None, [option]), str(passwords), user, password], self.folder)
        # alice may do everything below farm/; reader only reads there
        (self.folder / "acl").write_text(
            f"user {self.user}\ntopic readwrite farm/#\n\nuser {self.reader}\ntopic read farm/#\n"
        )

    def _configuration(self, options: dict[str, str], guarded: bool) -> str:
        files = self.certificates
        anyone: dict[str, str | Path] = {"allow_anonymous": "true"}
        general: dict[str, str | Path] = {
            **({"per_listener_settings": "true"} if guarded else anyone),
            "persistence_location": f"{self.folder}/",
            "log_dest": "stderr",
            "log_type": "all",
            "connection_messages": "true",
            "user": "root",  # stay who we are: an unprivileged account already
        }
        doors: list[dict[str, str | Path]] = [
            {"listener": f"{self.port} {self.host}", **(anyone if guarded else {})},
            {
                "listener": f"{self.tls_port} {self.host}",
                "cafile": files.ca,
                "certfile": files.server_cert,
                "keyfile": files.server_key,
                "require_certificate": "true",
                "use_identity_as_username": "true",
            },
            {"listener": f"{self.websocket_port} {self.host}", "protocol": "websockets", **(anyone if guarded else {})},
        ]
        if guarded:
            # first: it is there once the open one answers
            doors.insert(
                0,
                {
                    "listener": f"{self.password_port} {self.host}",
                    "allow_anonymous": "false",
                    "password_file": self.folder / "passwords",
                    "acl_file": self.folder / "acl",
                },
            )
        sections: list[dict[str, str | Path]] = [{**general, **_DEFAULTS, **options}, *doors]
        return "\n".join(f"{key} {value}" for section in sections for key, value in section.items()) + "\n"


@pytest.fixture(scope="session")
def mosquitto_session() -> Iterator[Mosquitto]:
    """The broker that all tests of one worker share."""
    with server_folder("mosquitto") as folder, serving(Mosquitto(folder, {})) as broker:
        yield broker


@pytest.fixture
def mosquitto(mosquitto_session: Mosquitto) -> Iterator[Mosquitto]:
    """A running mosquitto; stop, kill, freeze it: the next test finds it running. Use topics of your own."""
    yield from lent(mosquitto_session)


@pytest.fixture(scope="session")
def guarded_session() -> Iterator[Mosquitto]:
    """The guarded broker that all tests of one worker share."""
    with server_folder("mosquitto") as folder, serving(Mosquitto(folder, {}, guarded=True)) as broker:
        yield broker


@pytest.fixture
def guarded_mosquitto(guarded_session: Mosquitto) -> Iterator[Mosquitto]:
    """One with a door that wants user and password."""
    yield from lent(guarded_session)


@pytest.fixture
def new_mosquitto() -> Iterator[Callable[..., Mosquitto]]:
    """Starts another broker for this test alone; keywords are lines of mosquitto.conf: `(message_size_limit="10")`."""
    with ExitStack() as stack:
        yield lambda guarded=False, **options: stack.enter_context(
            serving(Mosquitto(stack.enter_context(server_folder("mosquitto")), options, guarded))
        )
