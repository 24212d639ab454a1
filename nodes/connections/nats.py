"""`nats`: a shared client of a NATS server or cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator

from flowengine import Config, Duration, Example, HostFile, SecretText
from flowengine.config import UrlText, revealed
from nodes.clients.address_words import in_url
from nodes.clients.probe import ProbedConnection
from nodes.clients.sockets import Certificates

if TYPE_CHECKING:
    from nodes.clients.nats.client import NatsClient

_URL = re.compile(r"(nats|tls)://[^\s/,]+(,\s*(nats|tls)://[^\s/,]+)*")


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError(f"{text!r} is no address of a server; write nats://HOST:4222, several with commas between")
    return text


class NatsConfig(Config):
    """Settings of a `nats` connection."""

    also_called = in_url("nats://HOST:4222")

    url: Annotated[UrlText, AfterValidator(_url)]
    """Address of the server: `nats://HOST:4222`, `tls://…` with TLS; those of a cluster with commas between."""

    username: str = ""
    """User name, where the server has users."""

    password: SecretText | None = None
    """His password; write `${secret:NAME}`."""

    token: SecretText | None = None
    """What stands for user and password, where the server has one token for all."""

    credentials: str = ""
    """A file with a user's JWT and key, as `nsc` writes it."""

    tls: Certificates | None = None
    """Certificates for TLS; `{}` trusts the system's authorities."""

    timeout: Duration = 5.0
    """Longest wait for a connection and for an answer."""

    def host_files(self) -> Sequence[HostFile]:
        """The file of credentials, and those of TLS."""
        return [*super().host_files(), *self.files_in("credentials")]


class Nats(ProbedConnection):
    """One server or cluster with JetStream, shared by every node that names it. Needs the extra `nats`."""

    config: NatsConfig
    examples = (
        Example("On this machine", "{url: 'nats://127.0.0.1:4222'}"),
        Example(
            "A cluster with a user of its own",
            "{url: 'nats://a.lan:4222,nats://b.lan:4222', username: plant, password: '${secret:nats}'}",
        ),
    )

    async def open(self) -> None:
        from nodes.clients.nats.client import NatsClient

        config = self.config
        tls = partial(config.tls.context, False) if config.tls is not None else None
        urls = [each.strip() for each in config.url.split(",")]
        self.client: NatsClient = NatsClient(urls, config.timeout, tls, _account(config))
        self.watch(self.client, self._ask)

    async def introduce(self) -> Mapping[str, str]:
        return {"server": f"NATS {await self.client.ask()}"}

    async def _ask(self) -> None:
        await self.client.ask()


def _account(config: NatsConfig) -> dict[str, Any]:
    given = {
        "user": config.username,
        "password": revealed(config.password),
        "token": revealed(config.token),
        "user_credentials": config.credentials,
    }
    return {name: value for name, value in given.items() if value}
