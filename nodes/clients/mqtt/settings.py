"""What a connection to a broker needs to know, checked at once. Never here: I/O, reading of files."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

import msgspec

from flowengine import Config, HostFile

DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}
Version = Literal["5", "3.1.1"]
Qos = Literal[0, 1, 2]


def broker_url(url: str) -> str:
    """The address of a broker as it is. Raises `ValueError` for any other."""
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS:
        raise ValueError("the address begins with mqtt://, mqtts://, ws:// or wss://")
    if not parts.hostname:
        raise ValueError("the address names no host")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError("a port is a number from 1 to 65535") from None
    return url


class Publication(msgspec.Struct, frozen=True, gc=False):
    """One message to publish; `retain` makes the broker keep it for later subscribers.

    The properties travel in MQTT 5 only and are left out in 3.1.1.
    """

    topic: str
    payload: bytes = b""
    qos: int = 0
    retain: bool = False
    content_type: str | None = None
    response_topic: str | None = None
    correlation_data: bytes | None = None
    expiry_s: int | None = None
    user_properties: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Will:
    """What the broker publishes when this client vanishes, `delay_s` later (MQTT 5)."""

    topic: str
    payload: bytes = b""
    qos: Qos = 1
    retain: bool = True
    delay_s: int = 0


@dataclass(frozen=True)
class Birth:
    """What is published after every connect; retained when the will is, unless `retain` says otherwise."""

    topic: str
    payload: bytes = b""
    qos: Qos = 1
    retain: bool | None = None


class Tls(Config):
    """Certificates; all are files in PEM form. Read again at each connect, so that renewed ones count."""

    ca: str | None = None
    """Authority that signed the broker's certificate; the system's when left out."""

    cert: str | None = None
    """Certificate of this client."""

    key: str | None = None
    """Private key of this client."""

    insecure: bool = False
    """Accept any certificate. For a test bench only."""

    def host_files(self) -> Sequence[HostFile]:
        """Each file that is named."""
        return self.files_in("ca", "cert", "key")


@dataclass(frozen=True, kw_only=True)
class MqttSettings:
    """How to reach a broker and how much may be under way.

    Raises `ValueError` for what cannot work. Without a `client_id` a random one is taken and the session
    lives for minutes only, since nobody could come back to it after a restart.
    """

    url: str = field(repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    client_id: str = ""
    version: Version = "5"
    clean_start: bool = False
    session_expiry_s: int = 86_400
    keepalive_s: int = 30
    will: Will | None = None
    birth: Birth | None = None
    farewell: Publication | None = None
    """Published before a graceful disconnect, where a retained birth would else stay behind."""
    tls: Tls = field(default_factory=Tls)
    connect_timeout_s: float = 10.0
    ack_timeout_s: float = 20.0
    """How long the broker may take to answer a SUBSCRIBE."""
    close_timeout_s: float = 3.0
    """How long `close` may take to flush what waits."""
    max_packet_bytes: int = (1 << 20) + (64 << 10)
    receive_maximum: int = 65_535
    held_messages: int = 20_000
    held_bytes: int = 64 << 20
    """Received and not yet settled; above either the socket is not read until half is settled."""
    inflight: int = 1_000
    """Sent with QoS 1 or 2 and not yet acknowledged; the broker's receive maximum may lower it."""
    queue_messages: int = 20_000
    queue_bytes: int = 64 << 20
    """Given to `publish` with QoS 1 or 2 and not yet acknowledged."""
    unclaimed_s: float = 30.0
    """How long messages of a resumed session wait for their subscriber to come back."""
    linger_s: float = 5.0
    """How long a closed subscription stays at the broker in case its successor comes (a redeploy)."""

    def __post_init__(self) -> None:
        broker_url(self.url)
        if self.version not in ("5", "3.1.1"):
            raise ValueError("version must be '5' or '3.1.1'")
        self._check_ranges()
        if not self.client_id:
            object.__setattr__(self, "client_id", f"flowengine-{secrets.token_hex(6)}")
            object.__setattr__(self, "session_expiry_s", min(self.session_expiry_s, 300))
            object.__setattr__(self, "clean_start", True)

    def _check_ranges(self) -> None:
        for name, low, high in (
            ("session_expiry_s", 0, 0xFFFF_FFFF),
            ("keepalive_s", 1, 65_535),
            ("max_packet_bytes", 64, 268_435_460),
            ("receive_maximum", 1, 65_535),
            ("inflight", 1, 65_535),
            ("queue_messages", 1, 65_535),
        ):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be {low} to {high}")

    @property
    def scheme(self) -> str:
        """`mqtt`, `mqtts`, `ws` or `wss`."""
        return urlsplit(self.url).scheme

    @property
    def address(self) -> tuple[str, int]:
        """Host and port; the scheme's usual port where the URL has none."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]

    @property
    def web_address(self) -> str:
        """The URL for WebSocket without credentials; the usual path `/mqtt` where it has none."""
        parts = urlsplit(self.url)
        host, port = self.address
        name = f"[{host}]" if ":" in host else host
        query = f"?{parts.query}" if parts.query else ""
        return f"{parts.scheme}://{name}:{port}{parts.path or '/mqtt'}{query}"

    @property
    def session(self) -> tuple[tuple[str, int], str]:
        """What makes two connections one session: address and client id."""
        return self.address, self.client_id

    @property
    def credentials(self) -> tuple[str | None, bytes | None]:
        """User name and password, from their own settings or else from the URL."""
        parts = urlsplit(self.url)
        username = self.username if self.username is not None else parts.username and unquote(parts.username)
        password = self.password if self.password is not None else parts.password and unquote(parts.password)
        return username, None if password is None else password.encode()

    @property
    def birth_publication(self) -> Publication | None:
        """The birth as a publication, its `retain` decided."""
        if self.birth is None:
            return None
        retain = self.birth.retain
        if retain is None:
            retain = self.will is not None and self.will.retain
        return Publication(topic=self.birth.topic, payload=self.birth.payload, qos=self.birth.qos, retain=retain)
