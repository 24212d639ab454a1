"""Who may use a path that a node serves: name and password, token, origin. Never here: users of the editor."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import Field

from flowengine import Config, SecretText


class Guarded(Config):
    """Settings of every node that serves a path."""

    username: str = ""
    """Name that a client must give (HTTP basic authentication), together with `password`."""

    password: SecretText | None = None
    """Password that belongs to `username`."""

    token: SecretText | None = None
    """Token that a client must give, as `Authorization: Bearer …` or, for browsers' WebSockets, as `?token=`."""

    open: bool = False
    """Serve anyone as long as the secret that is named here has no value; without this such a flow is refused."""

    origins: list[str] = Field(default_factory=list)
    """Web pages of other sites that may use this path, such as `https://hmi.example`; `*` for any."""


def open_by_oversight(config: Config) -> list[tuple[str, str]]:
    """For a node's `check`: the option that should keep strangers out and has no value."""
    assert isinstance(config, Guarded)
    if config.open or config.password or config.token:
        return []
    asked = [option for option in ("password", "token") if option in config.model_fields_set]
    asked += ["password"] if config.username else []
    fault = "has no value, so that anyone could use this path: define its secret, or say `open: true`"
    return [(option, f"`{option}` {fault}") for option in asked[:1]]


class Guard:
    """Judges requests; secrets are compared as digests, in constant time."""

    def __init__(self, config: Guarded):
        basic = f"{config.username}:{config.password.reveal()}" if config.password else None
        self._basic = _digest(basic) if basic is not None else None
        self._token = _digest(config.token.reveal()) if config.token else None
        self._origins = frozenset(origin.rstrip("/").lower() for origin in config.origins)

    def check(self, request: web.Request) -> None:
        """Return when the request may pass. Raises 401 or 403 as an aiohttp response."""
        if not self._origin_may(request):
            raise web.HTTPForbidden(text="pages of this origin may not use this path\n")
        if (self._basic is None and self._token is None) or self._knows(request):
            return
        scheme = "Basic" if self._basic is not None else "Bearer"
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": f'{scheme} realm="flow"'}, text="not allowed\n")

    def cors(self, request: web.Request) -> dict[str, str]:
        """Headers that let a page of an allowed origin read the answer (Fetch standard, CORS protocol)."""
        origin = request.headers.get("Origin", "")
        if not origin or not self._listed(origin):
            return {}
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}

    def _origin_may(self, request: web.Request) -> bool:
        # A browser sends Origin and nobody else can be made to; same site: the page came from this very server.
        origin = request.headers.get("Origin")
        return origin is None or urlsplit(origin).netloc.lower() == request.host.lower() or self._listed(origin)

    def _listed(self, origin: str) -> bool:
        return "*" in self._origins or origin.lower() in self._origins

    def _knows(self, request: web.Request) -> bool:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if self._token is not None:
            token = given.strip() if scheme.lower() == "bearer" else request.query.get("token", "")
            if hmac.compare_digest(_digest(token), self._token):
                return True
        if self._basic is None or scheme.lower() != "basic":
            return False
        try:
            basic = base64.b64decode(given, validate=True).decode()
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(_digest(basic), self._basic)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
