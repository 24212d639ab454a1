"""What the embedded broker may be and how much it may hold, checked at once. Never here: I/O."""

from dataclasses import dataclass, field, replace
from ipaddress import ip_address

from nodes.servers.mqtt_broker.rights import ANYBODY, BrokerUser


@dataclass(frozen=True, kw_only=True)
class BrokerSettings:
    """Bounds of the embedded broker; `port` 0 takes a free one.

    `username` may do everything; `users` what their rights say. Without a user anybody may do everything. Raises
    `ValueError` for an address other machines can reach without a user name and a password.
    """

    host: str = "127.0.0.1"
    port: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    users: tuple[BrokerUser, ...] = ()
    max_packet_bytes: int = (1 << 20) + (64 << 10)
    max_clients: int = 1_000
    """Sessions, connected or kept."""
    queue_messages: int = 100_000
    """Per session, QoS 1 and 2 not yet acknowledged; what comes on top is dropped and counted."""
    queue_bytes: int = 64 << 20
    """Per session, topics and properties included."""
    all_queues_bytes: int = 256 << 20
    """Over all sessions."""
    max_filters: int = 1_000
    """Per session."""
    max_levels: int = 128
    """Of a topic and of a filter."""
    kept_of_address: int = 250
    """Sessions without a connection that clients of one address left; the oldest goes when another is left."""
    write_bytes: int = 4 << 20
    """Per connection; above it QoS 0 is dropped and counted."""
    retained_messages: int = 50_000
    retained_bytes: int = 64 << 20
    session_expiry_max_s: int = 7 * 86_400
    connect_timeout_s: float = 10.0

    def __post_init__(self) -> None:
        loopback = self.host == "localhost" or ip_address(self.host).is_loopback
        if not loopback and not (self.username and self.password):
            raise ValueError(f"{self.host} can be reached by others: set username and password, or use 127.0.0.1")

    @property
    def everybody(self) -> tuple[BrokerUser, ...]:
        """All users; none where no password is asked for."""
        if self.username is None:
            return self.users
        owner = replace(ANYBODY, name=self.username, password=self.password or "")
        return (owner, *self.users)
