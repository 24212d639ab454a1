"""One HTTP client for connections and nodes: time-outs, checked addresses, bounded answers. No protocol above HTTP."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from flowengine.counts import count_of
from nodes.clients.http.addresses import AddressRefused, Allowed
from nodes.clients.unreachable import unreachable

BUSY = frozenset((408, 425, 429))
"""Statuses below 500 that ask to come again (RFC 9110, 8470, 6585)."""

MAX_WAIT_S = 3600.0
_BAD_REQUESTS = (
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
    aiohttp.NonHttpUrlRedirectClientError,
    aiohttp.TooManyRedirects,
    ValueError,
)
_AWAY = (aiohttp.ClientError, OSError)
"""All else of these; of other exceptions the fault is ours, and they pass."""


class HttpAway(Exception):
    """The server did not answer, or asked to come again, after `retry_after_s` if it said so."""

    def __init__(self, reason: str, retry_after_s: float | None = None):
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class HttpRefused(Exception):
    """The request cannot be sent or its answer not be taken, now or later."""


@dataclass(frozen=True)
class Answer:
    """What a server answered; the body is read whole, within the client's limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def busy(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status >= 500 or self.status in BUSY

    @property
    def text(self) -> str:
        """The body as text; wrong bytes are replaced."""
        return self.body.decode("utf-8", "replace")

    @property
    def brief(self) -> str:
        """Status and the beginning of the body, for people."""
        return f"HTTP {self.status} {' '.join(self.text[:200].split())}".rstrip()

    @property
    def retry_after_s(self) -> float | None:
        """Seconds that the server asked to wait, as a number or a date (RFC 9110, 10.2.3), at most an hour."""
        return _retry_after_s(self.headers.get("Retry-After", ""))


@dataclass(frozen=True)
class HttpSettings:
    """How a client talks. `allowed` None: any address may be reached."""

    timeout_s: float = 10.0
    allowed: Allowed | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    max_answer_bytes: int = 8 * 2**20
    connections: int = 10
    redirects: int = 5


class HttpClient:
    """A pool of connections. Open and close it within the loop that uses it."""

    def __init__(self, settings: HttpSettings):
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None
        self.up: bool | None = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """The server's answer, whatever its status. Raises `HttpAway` without one, `HttpRefused` for a bad request."""
        try:
            async with asyncio.timeout(timeout_s or self._settings.timeout_s):
                answer = await self._exchange(method, url, body, headers, query)
        except (*_BAD_REQUESTS, *_AWAY) as fault:
            judged = _judged(fault)
            if isinstance(judged, HttpAway):
                self.up = False
            raise judged from fault
        self.up = True
        return answer

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _exchange(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str] | None,
        query: Mapping[str, str] | None,
    ) -> Answer:
        redirects = self._settings.redirects
        async with self._open().request(
            method,
            url,
            data=body,
            headers=headers,
            params=query,
            allow_redirects=redirects > 0,
            max_redirects=max(1, redirects),
        ) as answer:
            return Answer(answer.status, answer.headers, await self._bounded(answer))

    async def _bounded(self, answer: aiohttp.ClientResponse) -> bytes:
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise HttpRefused("the answer is compressed though that was not asked for")
        parts: list[bytes] = []
        size_bytes = 0
        async for part in answer.content.iter_any():
            size_bytes += len(part)
            if size_bytes > self._settings.max_answer_bytes:
                raise HttpRefused(f"the answer is larger than {count_of(self._settings.max_answer_bytes, 'byte')}")
            parts.append(part)
        return b"".join(parts)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            # Compressed answers are neither asked for nor unpacked: a small one can hold gigabytes.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._settings.connections, socket_factory=self._socket),
                headers={"Accept-Encoding": "identity", "User-Agent": "flowengine", **self._settings.headers},
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._settings.timeout_s),
            )
        return self._session

    def _socket(self, address: Sequence[Any]) -> socket.socket:
        """Called for every address that is connected to, names and literals and redirects alike."""
        family, kind, protocol, _, place = address
        if self._settings.allowed is not None:
            self._settings.allowed.check(place[0])
        return socket.socket(family, kind, protocol)


def _judged(fault: Exception) -> HttpAway | HttpRefused:
    """Whether what aiohttp raised may pass, or a person mends it, or whether it is the request's own fault."""
    if isinstance(fault, TimeoutError):
        return HttpAway("no answer in time")
    if isinstance(fault, ssl.CertificateError):  # it is a ValueError, too, and yet no fault of the request
        return HttpAway(f"the certificate of the server is not accepted: {fault}"[:300])
    if isinstance(fault, _BAD_REQUESTS):
        return HttpRefused(f"cannot ask: {type(fault).__name__}: {fault}"[:300])
    if isinstance(refused := getattr(fault, "os_error", None), AddressRefused):
        return HttpRefused(str(refused))
    if isinstance(fault, aiohttp.ClientConnectorError):
        return HttpAway(unreachable(fault.os_error, fault.host, fault.port or 80))
    if isinstance(fault, aiohttp.ServerDisconnectedError | ConnectionResetError | BrokenPipeError):
        return HttpAway("the server cut the connection")
    return HttpAway(f"{type(fault).__name__}: {fault}"[:300])


def _retry_after_s(text: str) -> float | None:
    if text.strip().isdecimal():
        return min(float(text), MAX_WAIT_S)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), MAX_WAIT_S)
