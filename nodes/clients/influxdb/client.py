"""InfluxDB over HTTP: lines are written, bad ones found. Line protocol itself: `codecs.line_protocol`.

Source: HTTP API of InfluxDB 1.x (/write, /query), 2 (/api/v2/write) and 3 (which keeps /api/v2/write).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from isal import igzip

from nodes.batches.bisection import bisect_bad
from nodes.clients.http.client import Answer, HttpAway, HttpClient, HttpSettings
from nodes.clients.http.credentials import authorization
from nodes.clients.influxdb.settings import InfluxSettings
from nodes.codecs.line_protocol.rejects import rejected_lines

ROUNDS = 20
"""So often the server's own word on bad lines is followed; then they are searched by halves."""

_PRECISION_1: Mapping[str, str] = {"ns": "n", "us": "u", "ms": "ms", "s": "s"}


class InfluxClient:
    """Writes and asks one server. Every failure that may pass is `HttpAway`."""

    def __init__(self, settings: InfluxSettings):
        self.settings = settings
        # Redirects are not followed: credentials and data go to the configured server or nowhere.
        self.http = HttpClient(HttpSettings(settings.timeout, headers=_credentials(settings), redirects=0))
        self._url = settings.url.rstrip("/")

    async def write(self, lines: Sequence[str], precision: str) -> dict[int, str]:
        """Indexes of the lines that the server refuses, with its reasons; all others are stored."""
        bad: dict[int, str] = {}
        left: Sequence[int] = range(len(lines))
        for _ in range(ROUNDS):
            part = [lines[index] for index in left] if bad else lines
            answer = await self._post(part, precision)
            if answer.ok:
                return bad
            found = rejected_lines(answer.status, answer.text, part)
            if not found:
                break
            bad.update({left[place]: reason for place, reason in found.items()})
            left = [index for place, index in enumerate(left) if place not in found]
            if not left:
                return bad
        bad.update(await self._search([lines[index] for index in left], left, answer.brief, precision))
        return bad

    async def _search(
        self, lines: Sequence[str], places: Sequence[int], reason: str, precision: str
    ) -> Mapping[int, str]:
        search = bisect_bad(range(len(lines)), reason)
        try:
            part = next(search)
            while True:
                answer = await self._post(lines[part[0] : part[-1] + 1], precision)
                part = search.send(None if answer.ok else answer.brief)
        except StopIteration as end:
            return {places[index]: fault for index, fault in end.value}

    async def _post(self, lines: Sequence[str], precision: str) -> Answer:
        """The answer to one write: stored, or refused because of the lines. Everything else is `HttpAway`."""
        body = "\n".join(lines).encode("utf-8", "replace")
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        if self.settings.gzip:
            body, headers["Content-Encoding"] = igzip.compress(body, 1), "gzip"
        path, query = self._target(precision)
        answer = await self.http.request("POST", self._url + path, body=body, headers=headers, query=query)
        if answer.ok or answer.status in (400, 413, 422):
            return answer
        # A wrong token or bucket is mended by a person, not by giving up measurements.
        raise HttpAway(answer.brief, answer.retry_after_s)

    def _target(self, precision: str) -> tuple[str, dict[str, str]]:
        to = self.settings
        if to.version == 1:
            database, _, policy = (to.database or to.bucket).partition("/")
            query = {"db": database, "precision": _PRECISION_1[precision]}
            return "/write", {**query, "rp": policy} if policy else query
        query = {"bucket": to.bucket or to.database, "precision": precision}
        return "/api/v2/write", {**query, "org": to.org} if to.org else query

    async def introduce(self) -> dict[str, str]:
        """What the server says of itself; it has taken a write of nothing with these credentials. Raises `HttpAway`."""
        await self._post([], "ns")
        pong = await self.http.request("GET", f"{self._url}/ping")
        version = pong.headers.get("X-Influxdb-Version", "")
        to = self.settings
        facts = {"server": f"InfluxDB {version.removeprefix('v')}"} if version else {}
        facts["tls"] = "TLS" if to.url.startswith("https:") else "none"
        return {**facts, "rights": f"may write to {to.bucket or to.database}"}

    async def greet(self, timeout_s: float) -> None:
        """Return once the server answers, whatever it answers. Raises `HttpAway`."""
        await self.http.request("GET", f"{self._url}/ping", timeout_s=timeout_s)


def _credentials(settings: InfluxSettings) -> dict[str, str]:
    return authorization("Token", settings.token, settings.username, settings.password)
