"""`kafka`: a shared client of a Kafka cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from flowengine import Config, Duration, Example, SecretText
from flowengine.config import revealed
from flowengine.counts import count_of
from nodes.clients.probe import ProbedConnection
from nodes.clients.sockets import Address, Certificates

if TYPE_CHECKING:
    from nodes.clients.kafka.client import KafkaClient


class KafkaConfig(Config):
    """Settings of a `kafka` connection."""

    servers: list[Address] = Field(min_length=1)
    """Addresses of some brokers, such as `kafka1.lan:9092`; they name the others."""

    username: str = ""
    """User name, where the cluster has users."""

    password: SecretText | None = None
    """Its password; write `${secret:NAME}`."""

    mechanism: Literal["plain", "scram-sha-256", "scram-sha-512"] = "scram-sha-512"
    """How the user shows who it is; `plain` sends the password as it is."""

    tls: Certificates | None = None
    """Certificates for TLS; `{}` trusts the system's authorities. Without it nothing is encrypted."""

    timeout: Duration = 10.0
    """Longest wait for a connection and for an answer."""


class Kafka(ProbedConnection):
    """One cluster, shared by every node that names it. Needs the extra `kafka`."""

    config: KafkaConfig
    examples = (
        Example("A broker", "{servers: ['kafka.lan:9092']}"),
        Example(
            "A cluster with users",
            "{servers: ['k1.lan:9093', 'k2.lan:9093'], tls: {}, username: plant, password: '${secret:kafka}'}",
        ),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, KafkaConfig)
        if bool(config.username) == (config.password is not None):
            return ()
        return (("password", "`username` and `password` go together"),)

    async def open(self) -> None:
        from nodes.clients.kafka.client import KafkaClient

        config = self.config
        tls = partial(config.tls.context, False) if config.tls is not None else None
        self.client: KafkaClient = KafkaClient(config.servers, _account(config), tls, config.timeout)
        self.watch(self.client, self._ask)

    async def introduce(self) -> Mapping[str, str]:
        known = await self.client.ask()
        topics = ", ".join(sorted(known["topics"])[:20])
        return {"server": f"Kafka, {count_of(known['brokers'], 'broker')}", "topics": topics}

    async def _ask(self) -> None:
        await self.client.ask()


def _account(config: KafkaConfig) -> dict[str, Any]:
    if not config.username:
        return {}
    return {
        "sasl_mechanism": config.mechanism.upper(),
        "sasl_plain_username": config.username,
        "sasl_plain_password": revealed(config.password),
    }
