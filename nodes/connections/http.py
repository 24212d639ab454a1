"""`http`: a shared client of one web service, with its base address, credentials and allowed addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, PositiveInt

from flowengine import Config, Duration, Example, SecretText, Size
from flowengine.config import UrlText
from nodes.clients.address_words import in_url
from nodes.clients.http.addresses import Allowed
from nodes.clients.http.client import HttpClient, HttpSettings
from nodes.clients.http.credentials import authorization
from nodes.clients.http.urls import address_of, web_address
from nodes.clients.probe import ANSWER_S, ProbedConnection, knock


def _base(url: str) -> str:
    return web_address(url) if url else url


def _networks(listed: list[str]) -> list[str]:
    Allowed(listed)
    return listed


class HttpConfig(Config):
    """Settings of an `http` connection."""

    also_called = in_url("https://HOST")

    url: Annotated[UrlText, AfterValidator(_base)] = ""
    """Base address, such as `https://api.example.org/v1`; the paths of nodes are put behind it."""

    headers: dict[str, SecretText] = Field(default_factory=dict)
    """Headers of every request; shown nowhere."""

    username: str = ""
    """User name for basic authentication."""

    password: SecretText | None = None
    """Password for basic authentication; write `${secret:NAME}`."""

    token: SecretText | None = None
    """Token, sent as `Authorization: Bearer`; write `${secret:NAME}`."""

    timeout: Duration = HttpSettings.timeout_s
    """Longest wait for a whole answer."""

    allow: Annotated[list[str], AfterValidator(_networks)] = Field(default_factory=list)
    """Private addresses that may be reached, such as `127.0.0.1` or `192.168.1.0/24`; public ones always may."""

    redirects: Annotated[int, Field(ge=0, le=20)] = HttpSettings.redirects
    """Follow at most so many redirects; each address on the way is checked."""

    max_bytes: Size = HttpSettings.max_answer_bytes
    """Larger answers are refused."""

    pool: PositiveInt = HttpSettings.connections
    """At most so many connections."""

    health: str = ""
    """Path of `url` that is asked every two seconds whether the service is well; without it, whether something listens.

    Every answer below 500 is well. A service that hangs is only noticed so before a message meets it.
    """


class Http(ProbedConnection):
    """A pool of connections to web services."""

    config: HttpConfig
    examples = (
        Example("A public service", "{url: 'https://api.example.org/v1', token: '${secret:api}'}"),
        Example("A device in the plant's network", "{url: 'http://192.168.1.20', allow: [192.168.1.0/24]}"),
        Example("A service that says whether it is well", "{url: 'https://api.example.org', health: /healthz}"),
    )

    async def open(self) -> None:
        config = self.config
        self.client = HttpClient(
            HttpSettings(
                timeout_s=config.timeout,
                allowed=Allowed(config.allow),
                headers=self._headers(),
                max_answer_bytes=config.max_bytes,
                connections=config.pool,
                redirects=config.redirects,
            )
        )
        self.watch(self.client, self._ask, asked=bool(config.url))

    async def introduce(self) -> Mapping[str, str]:
        if not self.config.url:
            return {}
        answer = await self.client.request("GET", self.config.url)
        if answer.status in (401, 403):
            raise OSError(f"it answers {answer.status}: name, password or token are not accepted there")
        facts = {"status": str(answer.status), "tls": "TLS" if self.config.url.startswith("https:") else "none"}
        server = answer.headers.get("Server", "")
        return {"server": server, **facts} if server else facts

    async def _ask(self) -> None:
        config = self.config
        await knock(*address_of(config.url), Allowed(config.allow))  # first: its words are better
        if config.health:
            url = f"{config.url.rstrip('/')}/{config.health.lstrip('/')}"
            answer = await self.client.request("GET", url, timeout_s=ANSWER_S)
            if answer.status >= 500:
                raise OSError(f"{config.health} answers {answer.status}")

    def _headers(self) -> dict[str, str]:
        config = self.config
        own = {name: value.reveal() for name, value in config.headers.items()}
        return own | authorization("Bearer", config.token, config.username, config.password)
