"""Which paths of the one HTTP server flows may serve, and with which headers. Serves nothing."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, Protocol
from urllib.parse import urlsplit

RESERVED = frozenset(
    (
        "", "healthz", "readyz", "metrics", "assets", "favicon.svg", "favicon.ico", "robots.txt", "index.html",
        "openapi.json", "setup", "login", "logout", "pages", "page", "flow", "flows", "alarms", "values", "messages",
        "problems", "log", "engine", "dead-letters", "trends", "access", "audit", ".well-known",
    )
)  # fmt: skip
"""First parts of the paths of health, metrics, the editor and its screens."""

API_ALONE = frozenset(("", "v1", "openapi.json"))
"""What stands behind `/api` and is no flow's: the page, the API of the editor, the document of what flows serve."""

_DOTS = frozenset((".", ".."))
"""What browsers and proxies take out of a path before it comes here."""

HEADERS: Mapping[str, str] = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
"""Of what flows answer: a browser takes it for a page of nobody, which runs no script and has no cookies of ours."""

_OURS_ALONE = ("Clear-Site-Data", "Set-Cookie", "Service-Worker-Allowed", "Strict-Transport-Security")


def refusal(path: str) -> str:
    """Why a flow may not serve the path (`{name}` takes a part, `{name*}` the rest); empty when it may."""
    if "%" in path or not _DOTS.isdisjoint(path.split("/")):
        return f"{path!r} is not written as it is served: no % and no part that is . or .."
    first, _, rest = path.lstrip("/").partition("/")
    if path.startswith("//") or first.lower() in RESERVED:
        return f"{path!r} belongs to the engine and its editor; begin with another word, such as /plant"
    if "{" in first:
        return f"{path!r} would also take paths of the editor; begin with a fixed word, such as /plant{path}"
    second = rest.partition("/")[0].lower()
    if first.lower() == "api" and ("{" in second or second in API_ALONE):
        return f"{path!r} would take paths of the API; write a fixed word other than v1 and openapi.json after /api"
    return ""


def isolate(headers: MutableMapping[str, str]) -> None:
    """Make an answer of a flow one that can do nothing in the name of whoever is logged in at this server."""
    for name in _OURS_ALONE:
        while name in headers:
            del headers[name]
    headers.update(HEADERS)


class Asked(Protocol):
    """What is looked at of a request."""

    @property
    def headers(self) -> Mapping[str, str]:
        """As they came."""

    @property
    def url(self) -> Any:
        """By its line where that names a whole URL, else by its `Host`."""


class HostNames:
    """Names that this server answers to; addresses always are, since no DNS server can lend them."""

    def __init__(self, more: Iterable[str] = ()):
        own = ("localhost", socket.gethostname(), *more)
        self._names = frozenset(name.lower().rstrip(".") for name in own)

    def has(self, host: str | None) -> bool:
        """Whether a request with this `Host` is meant for us. One without it comes from no browser."""
        if host is None:
            return True
        name = _host_of(host)
        return name is not None and self._knows(name)

    def mean_us(self, request: Asked) -> bool:
        """Whether both its `Host` and, where its line names a whole URL, that one's host are ours (RFC 9112, 3.2.2)."""
        if not self.has(request.headers.get("Host")):
            return False
        try:
            host = request.url.host
        except ValueError:
            return False
        return not host or self._knows(host.rstrip("."))

    def _knows(self, name: str) -> bool:
        return _is_address(name) or name in self._names


def _host_of(text: str) -> str | None:
    try:
        parts = urlsplit(f"//{text}")
        _ = parts.port
    except ValueError:
        return None
    if parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return parts.hostname.rstrip(".") if parts.hostname else None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
