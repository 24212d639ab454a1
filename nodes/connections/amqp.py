"""`amqp`: a shared client of an AMQP 0-9-1 broker, such as RabbitMQ."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

from flowengine import Config, Duration, Example, SecretText
from flowengine.config import UrlText, revealed
from nodes.clients.address_words import in_url
from nodes.clients.probe import ProbedConnection
from nodes.clients.sockets import Certificates

if TYPE_CHECKING:
    from nodes.clients.amqp.client import AmqpClient

_URL = re.compile(r"amqps?://[^\s/@?#]+(/[^\s?#]*)?")


def _url(text: str) -> str:
    if "@" in text:
        raise ValueError("user and password stand in `username` and `password`, not in the address")
    if not _URL.fullmatch(text):
        raise ValueError(f"{text!r} is no address of a broker; write amqp://HOST:5672/VHOST, or amqps:// for TLS")
    return text


class AmqpConfig(Config):
    """Settings of an `amqp` connection."""

    also_called = in_url("amqp://HOST:5672/VHOST", "vhost", "virtual_host")

    url: Annotated[UrlText, AfterValidator(_url)]
    """Address of the broker: `amqp://HOST:5672`, `amqps://…` with TLS; a virtual host other than `/` follows it."""

    username: str = "guest"
    """User name."""

    password: SecretText | None = None
    """Its password; write `${secret:NAME}`. Without one it is `guest`."""

    tls: Certificates | None = None
    """Certificates for `amqps://`; without them the system's authorities are trusted."""

    timeout: Duration = 5.0
    """Longest wait for a connection and for an answer."""


class Amqp(ProbedConnection):
    """One broker, shared by every node that names it. Needs the extra `amqp`."""

    config: AmqpConfig
    examples = (
        Example("On this machine", "{url: 'amqp://127.0.0.1:5672'}"),
        Example(
            "With TLS and a virtual host",
            "{url: 'amqps://mq.lan:5671/plant', username: flows, password: '${secret:mq}'}",
        ),
    )

    async def open(self) -> None:
        from nodes.clients.amqp.client import AmqpClient

        config = self.config
        tls = partial((config.tls or Certificates()).context, False) if config.url.startswith("amqps:") else None
        account = (config.username, revealed(config.password) or "guest")
        self.client: AmqpClient = AmqpClient(config.url, account, tls, config.timeout)
        self.watch(self.client, self._ask)

    async def introduce(self) -> Mapping[str, str]:
        return {"server": await self.client.ask()}

    async def _ask(self) -> None:
        await self.client.ask()
