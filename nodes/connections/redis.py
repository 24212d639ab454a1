"""`redis`: a shared client of a Redis or Valkey server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, PositiveInt

from flowengine import Config, Duration, Example, SecretText
from flowengine.config import UrlText, revealed
from nodes.clients.address_words import in_url
from nodes.clients.probe import ProbedConnection
from nodes.clients.redis.faults import RedisAway

if TYPE_CHECKING:
    from nodes.clients.redis.client import RedisClient

_URL = re.compile(r"(rediss?://[^\s/]+(/\d+)?|unix://\S+)")


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError(f"{text!r} is no address of a server; write redis://HOST:6379/0, or rediss:// for TLS")
    return text


class RedisConfig(Config):
    """Settings of a `redis` connection."""

    also_called = in_url("redis://HOST:6379/0", "database", "db")

    url: Annotated[UrlText, AfterValidator(_url)]
    """Address of the server: `redis://HOST:6379/0`, `rediss://…` with TLS."""

    username: str = ""
    """User name, where the server has users."""

    password: SecretText | None = None
    """Its password; write `${secret:NAME}`."""

    timeout: Duration = 5.0
    """Longest wait for a connection and for an answer."""

    pool: PositiveInt = 8
    """At most so many connections."""


class Redis(ProbedConnection):
    """One server, shared by every node that names it. Needs the extra `redis`."""

    config: RedisConfig
    examples = (
        Example("On this machine", "{url: 'redis://127.0.0.1:6379/0'}"),
        Example("With TLS and a password", "{url: 'rediss://cache.lan:6380/0', password: '${secret:redis}'}"),
    )

    async def open(self) -> None:
        from nodes.clients.redis.client import RedisClient

        config = self.config
        password = revealed(config.password)
        self.client: RedisClient = RedisClient(config.url, config.username, password, config.timeout, config.pool)
        self.watch(self.client, self._ask)

    async def introduce(self) -> Mapping[str, str]:
        (info,) = await self.client.send([("INFO", "server")])
        if isinstance(info, Exception):
            raise info
        text = info.decode(errors="replace") if isinstance(info, bytes) else str(info)
        found = re.search(r"(valkey|redis)_version:(\S+)", text) or re.search(r"(redis)_version'?: ?'?([\d.]+)", text)
        return {"server": f"{found[1].capitalize()} {found[2]}"} if found else {}

    async def _ask(self) -> None:
        try:
            await self.client.ask("PING")
        except RedisAway as away:
            if "NOPERM" not in str(away):  # who may not ask that has an answer, too
                raise
